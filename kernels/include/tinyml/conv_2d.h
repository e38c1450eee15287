/* CONV_2D: convolution over height and width, with groups of channels. Images are NHWC with N = 1. */
#ifndef TINYML_CONV_2D_H
#define TINYML_CONV_2D_H

#include <stdint.h>

/* Parameters of the int8 kernels, quantized per output channel. */
typedef struct {
    int32_t input_height;
    int32_t input_width;
    int32_t input_channels;
    int32_t filter_height;
    int32_t filter_width;
    int32_t output_height;
    int32_t output_width;
    int32_t output_channels;
    int32_t stride_height;
    int32_t stride_width;
    int32_t dilation_height; /* 1: the taps of the filter are neighbours */
    int32_t dilation_width;
    int32_t padding_top; /* pixels that count as zero; those at the bottom follow from the output */
    int32_t padding_left;
    int32_t groups;            /* divides input_channels and output_channels */
    int32_t input_offset;      /* minus the zero point of the input, [-127, 128] */
    int32_t output_offset;     /* zero point of the output, [-128, 127] */
    int32_t activation_min;    /* [-128, 127] */
    int32_t activation_max;    /* [activation_min, 127] */
    const int32_t *multiplier; /* output_channels factors in Q0.31 ... */
    const int32_t *shift;      /* ... and their powers of two, [-31, 30], positive to the left */
} tinyml_conv_2d_int8_params;

/*
 * input   in   int8[input_height][input_width][input_channels]
 * filter  in   int8[output_channels][filter_height][filter_width][input_channels / groups], zero point 0
 * bias    in   int32[output_channels] in units of input scale * filter scale, or NULL
 * output  out  int8[output_height][output_width][output_channels]
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_conv_2d_int8_kernel(const tinyml_conv_2d_int8_params *params, const int8_t *input,
                                        const int8_t *filter, const int32_t *bias, int8_t *output,
                                        void *scratch);

/* Parameters of the int4 kernels, which have weights of 4 bits. */
typedef tinyml_conv_2d_int8_params tinyml_conv_2d_int4_params;

/* Tensors as above, but two weights to a byte of the filter, the first one in its low half. */
typedef tinyml_conv_2d_int8_kernel tinyml_conv_2d_int4_kernel;

/* Parameters of the int16 kernels, with weights of int8, quantized per output channel. Zero points are 0. */
typedef struct {
    int32_t input_height;
    int32_t input_width;
    int32_t input_channels;
    int32_t filter_height;
    int32_t filter_width;
    int32_t output_height;
    int32_t output_width;
    int32_t output_channels;
    int32_t stride_height;
    int32_t stride_width;
    int32_t dilation_height; /* 1: the taps of the filter are neighbours */
    int32_t dilation_width;
    int32_t padding_top; /* pixels that count as zero; those at the bottom follow from the output */
    int32_t padding_left;
    int32_t groups;            /* divides input_channels and output_channels */
    int32_t activation_min;    /* [-32768, 32767] */
    int32_t activation_max;    /* [activation_min, 32767] */
    int32_t wide_sums;         /* 1: sums and bias have 64 bits, 0: 32 */
    const int32_t *multiplier; /* output_channels factors in Q0.31 ... */
    const int32_t *shift;      /* ... and their powers of two, [-31, 30], positive to the left;
                                  up to 7 with wide sums */
} tinyml_conv_2d_int16_params;

/*
 * input   in   int16[input_height][input_width][input_channels]
 * filter  in   int8[output_channels][filter_height][filter_width][input_channels / groups], zero point 0
 * bias    in   int64[output_channels] with wide sums, else int32[output_channels], or NULL
 * output  out  int16[output_height][output_width][output_channels]
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_conv_2d_int16_kernel(const tinyml_conv_2d_int16_params *params, const int16_t *input,
                                         const int8_t *filter, const void *bias, int16_t *output,
                                         void *scratch);

/* Parameters of the float32 kernels. */
typedef struct {
    int32_t input_height;
    int32_t input_width;
    int32_t input_channels;
    int32_t filter_height;
    int32_t filter_width;
    int32_t output_height;
    int32_t output_width;
    int32_t output_channels;
    int32_t stride_height;
    int32_t stride_width;
    int32_t dilation_height; /* 1: the taps of the filter are neighbours */
    int32_t dilation_width;
    int32_t padding_top; /* pixels that count as zero; those at the bottom follow from the output */
    int32_t padding_left;
    int32_t groups; /* divides input_channels and output_channels */
    float activation_min;
    float activation_max;
} tinyml_conv_2d_float32_params;

/* Tensors as above, in float. */
typedef void tinyml_conv_2d_float32_kernel(const tinyml_conv_2d_float32_params *params, const float *input,
                                           const float *filter, const float *bias, float *output,
                                           void *scratch);

#endif

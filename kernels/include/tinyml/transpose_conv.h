/* TRANSPOSE_CONV: every pixel of the input adds its product with the filter to a larger image. NHWC with N = 1. */
#ifndef TINYML_TRANSPOSE_CONV_H
#define TINYML_TRANSPOSE_CONV_H

#include <stdint.h>

/* First fields of the parameters of all kernels. */
#define TINYML_TRANSPOSE_CONV_FIELDS                                                               \
    int32_t input_height;                                                                          \
    int32_t input_width;                                                                           \
    int32_t input_channels;                                                                        \
    int32_t filter_height;                                                                         \
    int32_t filter_width;                                                                          \
    int32_t output_height;                                                                         \
    int32_t output_width;                                                                          \
    int32_t output_channels;                                                                       \
    int32_t stride_height; /* pixels of the output from one pixel of the input to the next */      \
    int32_t stride_width;                                                                          \
    int32_t padding_top; /* rows that are cut off; those at the bottom follow from the output */   \
    int32_t padding_left

/* Parameters of the int8 kernels, quantized per output channel. */
typedef struct {
    TINYML_TRANSPOSE_CONV_FIELDS;
    int32_t input_offset;      /* minus the zero point of the input, [-127, 128] */
    int32_t output_offset;     /* zero point of the output, [-128, 127] */
    int32_t activation_min;    /* [-128, 127] */
    int32_t activation_max;    /* [activation_min, 127] */
    const int32_t *multiplier; /* output_channels factors in Q0.31 ... */
    const int32_t *shift;      /* ... and their powers of two, [-31, 30], positive to the left */
} tinyml_transpose_conv_int8_params;

/*
 * filter  in   int8[output_channels][filter_height][filter_width][input_channels], zero point 0
 * input   in   int8[input_height][input_width][input_channels]
 * bias    in   int32[output_channels] in units of input scale * filter scale, or NULL
 * output  out  int8[output_height][output_width][output_channels]
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_transpose_conv_int8_kernel(const tinyml_transpose_conv_int8_params *params,
                                               const int8_t *filter, const int8_t *input,
                                               const int32_t *bias, int8_t *output, void *scratch);

/* Parameters of the int16 kernels, with weights of int8, quantized per output channel. Zero points are 0. */
typedef struct {
    TINYML_TRANSPOSE_CONV_FIELDS;
    int32_t activation_min;    /* [-32768, 32767] */
    int32_t activation_max;    /* [activation_min, 32767] */
    int32_t wide_sums;         /* 1: sums have 64 bits, 0: sums and the bias have 32 */
    const int32_t *multiplier; /* output_channels factors in Q0.31 ... */
    const int32_t *shift;      /* ... and their powers of two, positive to the left, [-31, 7] for wide sums */
} tinyml_transpose_conv_int16_params;

/* Tensors as above, but int16 for input and output, and int64 for the bias of wide sums. */
typedef void tinyml_transpose_conv_int16_kernel(const tinyml_transpose_conv_int16_params *params,
                                                const int8_t *filter, const int16_t *input,
                                                const void *bias, int16_t *output, void *scratch);

/* Parameters of the float32 kernels. */
typedef struct {
    TINYML_TRANSPOSE_CONV_FIELDS;
    float activation_min;
    float activation_max;
} tinyml_transpose_conv_float32_params;

/* Tensors as above, in float. */
typedef void tinyml_transpose_conv_float32_kernel(const tinyml_transpose_conv_float32_params *params,
                                                  const float *filter, const float *input,
                                                  const float *bias, float *output, void *scratch);

#endif

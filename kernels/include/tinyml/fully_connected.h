/* FULLY_CONNECTED: every row of the input times a matrix of weights. */
#ifndef TINYML_FULLY_CONNECTED_H
#define TINYML_FULLY_CONNECTED_H

#include <stdint.h>

/* Parameters of the int8 kernels. */
typedef struct {
    int32_t rows;
    int32_t input_size;
    int32_t output_size;
    int32_t input_offset;      /* minus the zero point of the input, [-127, 128] */
    int32_t output_offset;     /* zero point of the output, [-128, 127] */
    int32_t activation_min;    /* [-128, 127] */
    int32_t activation_max;    /* [activation_min, 127] */
    int32_t per_channel;       /* 1: a factor for each output, 0: one factor for all */
    const int32_t *multiplier; /* output_size factors or 1, in Q0.31 ... */
    const int32_t *shift;      /* ... and their powers of two, [-31, 30], positive to the left */
} tinyml_fully_connected_int8_params;

/*
 * input   in   int8[rows][input_size]
 * filter  in   int8[output_size][input_size], zero point 0
 * bias    in   int32[output_size] in units of input scale * filter scale, or NULL
 * output  out  int8[rows][output_size]
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_fully_connected_int8_kernel(const tinyml_fully_connected_int8_params *params,
                                                const int8_t *input, const int8_t *filter,
                                                const int32_t *bias, int8_t *output, void *scratch);

/* Parameters of the int4 kernels, which have weights of 4 bits. */
typedef tinyml_fully_connected_int8_params tinyml_fully_connected_int4_params;

/* Tensors as above, but two weights to a byte of the filter, the first one in its low half. */
typedef tinyml_fully_connected_int8_kernel tinyml_fully_connected_int4_kernel;

/* Parameters of the int16 kernels, with weights of int8. Zero points are 0. */
typedef struct {
    int32_t rows;
    int32_t input_size;
    int32_t output_size;
    int32_t activation_min;    /* [-32768, 32767] */
    int32_t activation_max;    /* [activation_min, 32767] */
    int32_t wide_sums;         /* 1: sums and bias have 64 bits, 0: 32 */
    int32_t per_channel;       /* 1: a factor for each output, 0: one factor for all */
    const int32_t *multiplier; /* output_size factors or 1, in Q0.31 ... */
    const int32_t *shift;      /* ... and their powers of two, [-31, 30], positive to the left;
                                  up to 7 with wide sums */
} tinyml_fully_connected_int16_params;

/*
 * input   in   int16[rows][input_size]
 * filter  in   int8[output_size][input_size], zero point 0
 * bias    in   int64[output_size] with wide sums, else int32[output_size], or NULL
 * output  out  int16[rows][output_size]
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_fully_connected_int16_kernel(const tinyml_fully_connected_int16_params *params,
                                                 const int16_t *input, const int8_t *filter,
                                                 const void *bias, int16_t *output, void *scratch);

/* Parameters of the float32 kernels. */
typedef struct {
    int32_t rows;
    int32_t input_size;
    int32_t output_size;
    float activation_min;
    float activation_max;
} tinyml_fully_connected_float32_params;

/* Tensors as above, in float. */
typedef void tinyml_fully_connected_float32_kernel(const tinyml_fully_connected_float32_params *params,
                                                   const float *input, const float *filter, const float *bias,
                                                   float *output, void *scratch);

#endif

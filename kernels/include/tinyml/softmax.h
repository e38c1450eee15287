/* SOFTMAX: exponentials of the values of a row, divided by their sum. */
#ifndef TINYML_SOFTMAX_H
#define TINYML_SOFTMAX_H

#include <stdint.h>

/* Parameters of the int8 kernels. */
typedef struct {
    int32_t rows;
    int32_t row_size;
    int32_t input_multiplier; /* beta * input scale as a factor in Q0.31 that gives Q5.26 ... */
    int32_t input_left_shift; /* ... and its power of two, [0, 30] */
    int32_t difference_min;   /* what is further below the maximum of its row counts as zero, <= 0 */
} tinyml_softmax_int8_params;

/*
 * input   in   int8[rows][row_size]
 * output  out  int8[rows][row_size], scale 1/256 and zero point -128
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_softmax_int8_kernel(const tinyml_softmax_int8_params *params, const int8_t *input,
                                        int8_t *output, void *scratch);

/* Parameters of the int16 kernels. */
typedef struct {
    int32_t rows;
    int32_t row_size;
    int32_t input_multiplier;        /* beta * input scale * 65535 / 10 as a factor in Q0.31 ... */
    int32_t input_shift;             /* ... and its power of two, [-31, 15], positive to the left */
    const int16_t *exp_table;        /* [513]: exp(10 * (i / 512 - 1)) in Q0.15 */
    const int16_t *reciprocal_table; /* [513]: 1 / (1 + i / 512) in Q0.15 */
} tinyml_softmax_int16_params;

/*
 * input   in   int16[rows][row_size]
 * output  out  int16[rows][row_size], scale 1/32768 and zero point 0
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_softmax_int16_kernel(const tinyml_softmax_int16_params *params, const int16_t *input,
                                         int16_t *output, void *scratch);

/* Parameters of the float32 kernels. */
typedef struct {
    int32_t rows;
    int32_t row_size;
    float beta;
} tinyml_softmax_float32_params;

/* Tensors as above, in float. */
typedef void tinyml_softmax_float32_kernel(const tinyml_softmax_float32_params *params, const float *input,
                                           float *output, void *scratch);

#endif

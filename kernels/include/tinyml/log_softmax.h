/* LOG_SOFTMAX: values of a row minus the logarithm of the sum of their exponentials. */
#ifndef TINYML_LOG_SOFTMAX_H
#define TINYML_LOG_SOFTMAX_H

#include <stdint.h>

/* Parameters of the int8 kernels. */
typedef struct {
    int32_t rows;
    int32_t row_size;           /* [1, 4095] */
    int32_t input_multiplier;   /* input scale as a factor in Q0.31 that gives Q5.26 ... */
    int32_t input_left_shift;   /* ... and its power of two, [2, 31] */
    int32_t difference_min;     /* what is further below the maximum of its row counts as zero, <= 0 */
    int32_t inverse_multiplier; /* 1 / (scale of the input in Q5.26) as a factor in Q0.31 ... */
    int32_t inverse_shift;      /* ... and its power of two, [-31, 0] */
} tinyml_log_softmax_int8_params;

/*
 * input   in   int8[rows][row_size]
 * output  out  int8[rows][row_size], scale 1/16 and zero point 127
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_log_softmax_int8_kernel(const tinyml_log_softmax_int8_params *params, const int8_t *input,
                                            int8_t *output, void *scratch);

/* Parameters of the float32 kernels. */
typedef struct {
    int32_t rows;
    int32_t row_size;
} tinyml_log_softmax_float32_params;

/* Tensors as above, in float. */
typedef void tinyml_log_softmax_float32_kernel(const tinyml_log_softmax_float32_params *params,
                                               const float *input, float *output, void *scratch);

#endif

/* L2_NORMALIZATION: rows, each divided by the square root of the sum of its squares. */
#ifndef TINYML_L2_NORMALIZATION_H
#define TINYML_L2_NORMALIZATION_H

#include <stdint.h>

/* Parameters of the int8 kernels. */
typedef struct {
    int32_t rows;
    int32_t row_size;     /* at most 33025: squares are added up in 32 bits */
    int32_t input_offset; /* minus the zero point of the input, [-127, 128] */
} tinyml_l2_normalization_int8_params;

/*
 * input   in   int8[rows][row_size]
 * output  out  int8[rows][row_size], in units of 1/128
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_l2_normalization_int8_kernel(const tinyml_l2_normalization_int8_params *params,
                                                 const int8_t *input, int8_t *output, void *scratch);

/* Parameters of the float32 kernels. */
typedef struct {
    int32_t rows;
    int32_t row_size;
} tinyml_l2_normalization_float32_params;

/* Tensors as above, in float; the divisor is at least 1e-6. */
typedef void tinyml_l2_normalization_float32_kernel(const tinyml_l2_normalization_float32_params *params,
                                                    const float *input, float *output, void *scratch);

#endif

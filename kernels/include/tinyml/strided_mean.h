/* STRIDED_MEAN: MEAN and SUM over axes in many groups. */
#ifndef TINYML_STRIDED_MEAN_H
#define TINYML_STRIDED_MEAN_H

#include "tinyml/strided_reduction.h"

/* Parameters of the int8 kernels. */
typedef struct {
    TINYML_STRIDED_REDUCTION_FIELDS;
    int32_t sum_offset;    /* minus the zero point of the input, times the number of values in a sum */
    int32_t output_offset; /* zero point of the output, [-128, 127] */
    int32_t multiplier;    /* factor of the sum in Q0.31, with the division of a mean in it ... */
    int32_t shift;         /* ... and its power of two, [-31, 30], positive to the left */
} tinyml_strided_mean_int8_params;

/*
 * input   in   int8, as tinyml/strided_reduction.h says
 * output  out  int8, as tinyml/strided_reduction.h says
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_strided_mean_int8_kernel(const tinyml_strided_mean_int8_params *params, const int8_t *input,
                                             int8_t *output, void *scratch);

/* Parameters of the int16 kernels; zero points are 0. */
typedef tinyml_strided_mean_int8_params tinyml_strided_mean_int16_params;

/* Tensors as above, in 16 bits; sums have 32 bits. */
typedef void tinyml_strided_mean_int16_kernel(const tinyml_strided_mean_int16_params *params,
                                              const int16_t *input, int16_t *output, void *scratch);

/* Parameters of the int32 kernels, whose values have no scale. */
typedef struct {
    TINYML_STRIDED_REDUCTION_FIELDS;
    int32_t divisor; /* of the sum, > 0 */
} tinyml_strided_mean_int32_params;

/* Tensors as above, in 32 bits; sums have 64 bits, quotients are rounded towards 0, results are modulo 2^32. */
typedef void tinyml_strided_mean_int32_kernel(const tinyml_strided_mean_int32_params *params,
                                              const int32_t *input, int32_t *output, void *scratch);

/* Parameters of the float32 kernels. */
typedef struct {
    TINYML_STRIDED_REDUCTION_FIELDS;
    float divisor; /* of the sum */
} tinyml_strided_mean_float32_params;

/* Tensors as above, in float. */
typedef void tinyml_strided_mean_float32_kernel(const tinyml_strided_mean_float32_params *params,
                                                const float *input, float *output, void *scratch);

#endif

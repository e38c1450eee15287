/* STRIDED_EXTREME: REDUCE_MAX and REDUCE_MIN over axes in many groups, REDUCE_ALL and REDUCE_ANY over any. */
#ifndef TINYML_STRIDED_EXTREME_H
#define TINYML_STRIDED_EXTREME_H

#include "tinyml/strided_reduction.h"

/* Parameters of all kernels; both tensors have the same scale and zero point. */
typedef struct {
    TINYML_STRIDED_REDUCTION_FIELDS;
    int32_t largest; /* 1: the largest value, 0: the smallest */
} tinyml_strided_extreme_params;

/*
 * input   in   int8, as tinyml/strided_reduction.h says
 * output  out  int8, as tinyml/strided_reduction.h says
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_strided_extreme_int8_kernel(const tinyml_strided_extreme_params *params,
                                                const int8_t *input, int8_t *output, void *scratch);

/* Tensors as above, in 16 bits. */
typedef void tinyml_strided_extreme_int16_kernel(const tinyml_strided_extreme_params *params,
                                                 const int16_t *input, int16_t *output, void *scratch);

/* Tensors as above, in 32 bits. */
typedef void tinyml_strided_extreme_int32_kernel(const tinyml_strided_extreme_params *params,
                                                 const int32_t *input, int32_t *output, void *scratch);

/* Tensors as above, in float; values that are NaN do not count. */
typedef void tinyml_strided_extreme_float32_kernel(const tinyml_strided_extreme_params *params,
                                                   const float *input, float *output, void *scratch);

/* Tensors as above, in truth values of 0 and 1. */
typedef void tinyml_strided_extreme_bool_kernel(const tinyml_strided_extreme_params *params,
                                                const uint8_t *input, uint8_t *output, void *scratch);

#endif

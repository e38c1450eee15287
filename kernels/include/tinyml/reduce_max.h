/* REDUCE_MAX: the largest value along axes of a tensor. */
#ifndef TINYML_REDUCE_MAX_H
#define TINYML_REDUCE_MAX_H

#include "tinyml/reduction.h"

/* Parameters of the int8 kernels; both tensors have the same scale and zero point. */
typedef struct {
    TINYML_REDUCTION_FIELDS;
} tinyml_reduce_max_int8_params;

/*
 * input   in   int8, as tinyml/reduction.h says
 * output  out  int8, as tinyml/reduction.h says
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_reduce_max_int8_kernel(const tinyml_reduce_max_int8_params *params, const int8_t *input,
                                           int8_t *output, void *scratch);

/* Parameters of the int16 kernels; both tensors have the same scale. */
typedef struct {
    TINYML_REDUCTION_FIELDS;
} tinyml_reduce_max_int16_params;

/* Tensors as above, in 16 bits. */
typedef void tinyml_reduce_max_int16_kernel(const tinyml_reduce_max_int16_params *params, const int16_t *input,
                                           int16_t *output, void *scratch);

/* Parameters of the float32 kernels. */
typedef struct {
    TINYML_REDUCTION_FIELDS;
} tinyml_reduce_max_float32_params;

/* Tensors as above, in float; values that are NaN do not count. */
typedef void tinyml_reduce_max_float32_kernel(const tinyml_reduce_max_float32_params *params,
                                              const float *input, float *output, void *scratch);

#endif

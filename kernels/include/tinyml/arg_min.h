/* ARG_MIN: where the smallest value lies along an axis, the first one of several. */
#ifndef TINYML_ARG_MIN_H
#define TINYML_ARG_MIN_H

#include <stdint.h>

/* Parameters of all kernels. */
typedef struct {
    int32_t outer_size;
    int32_t axis_size;
    int32_t inner_size;
} tinyml_arg_min_params;

/*
 * input   in   int8[outer_size][axis_size][inner_size]
 * output  out  int32[outer_size][inner_size], [0, axis_size - 1]
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_arg_min_int8_kernel(const tinyml_arg_min_params *params, const int8_t *input,
                                        int32_t *output, void *scratch);

/* The input as above, in float; a NaN is the result only in the first place. */
typedef void tinyml_arg_min_float32_kernel(const tinyml_arg_min_params *params, const float *input,
                                           int32_t *output, void *scratch);

#endif

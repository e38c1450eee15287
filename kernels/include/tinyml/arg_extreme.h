/* ARG_EXTREME: ARG_MAX and ARG_MIN of int32, and those whose places are int64. */
#ifndef TINYML_ARG_EXTREME_H
#define TINYML_ARG_EXTREME_H

#include <stdint.h>

/* Parameters of all kernels. */
typedef struct {
    int32_t outer_size;
    int32_t axis_size;
    int32_t inner_size;
    int32_t output_words; /* of 32 bits in a place: 1 or 2 */
    int32_t largest;      /* 1: where the largest value lies, 0: the smallest; the first one of several */
} tinyml_arg_extreme_params;

/*
 * input   in   int8[outer_size][axis_size][inner_size]
 * output  out  int32 or int64[outer_size][inner_size], [0, axis_size - 1]
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_arg_extreme_int8_kernel(const tinyml_arg_extreme_params *params, const int8_t *input,
                                            void *output, void *scratch);

/* The input as above, in 32 bits. */
typedef void tinyml_arg_extreme_int32_kernel(const tinyml_arg_extreme_params *params, const int32_t *input,
                                             void *output, void *scratch);

/* The input as above, in float; a NaN is the result only in the first place. LiteRT has no rule for it. */
typedef void tinyml_arg_extreme_float32_kernel(const tinyml_arg_extreme_params *params, const float *input,
                                               void *output, void *scratch);

#endif

/* MEAN: average over neighbouring axes of a tensor, seen as [outer][reduced][inner]. */
#ifndef TINYML_MEAN_H
#define TINYML_MEAN_H

#include <stdint.h>

/* Parameters of the int8 kernels. */
typedef struct {
    int32_t outer_size;
    int32_t reduced_size;
    int32_t inner_size;
    int32_t sum_offset;    /* minus the zero point of the input, times reduced_size */
    int32_t output_offset; /* zero point of the output, [-128, 127] */
    int32_t multiplier;    /* factor of the sum in Q0.31, with the division by reduced_size in it ... */
    int32_t shift;         /* ... and its power of two, [-31, 30], positive to the left */
} tinyml_mean_int8_params;

/*
 * input   in   int8[outer_size][reduced_size][inner_size]
 * output  out  int8[outer_size][inner_size]
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_mean_int8_kernel(const tinyml_mean_int8_params *params, const int8_t *input,
                                     int8_t *output, void *scratch);

/* Parameters of the float32 kernels. */
typedef struct {
    int32_t outer_size;
    int32_t reduced_size;
    int32_t inner_size;
} tinyml_mean_float32_params;

/* Tensors as above, in float. */
typedef void tinyml_mean_float32_kernel(const tinyml_mean_float32_params *params, const float *input,
                                        float *output, void *scratch);

#endif

/* CUMSUM: sums of all values up to each place along an axis. */
#ifndef TINYML_CUMSUM_H
#define TINYML_CUMSUM_H

#include <stdint.h>

/* First fields of the parameters of all kernels. */
#define TINYML_CUMSUM_FIELDS                                  \
    int32_t outer_size;                                       \
    int32_t axis_size;                                        \
    int32_t inner_size;                                       \
    int32_t exclusive; /* 1: the place itself does not count */ \
    int32_t reverse    /* 1: sums begin at the end of the axis */

/* Parameters of the int8 kernels. */
typedef struct {
    TINYML_CUMSUM_FIELDS;
    int32_t input_offset;  /* minus the zero point of the input, [-127, 128] */
    int32_t output_offset; /* zero point of the output, [-128, 127] */
    int32_t left_shift;    /* of the values that are added */
    int32_t multiplier;    /* factor of the sums in Q0.31 ... */
    int32_t shift;         /* ... and its power of two, [-31, 0] */
} tinyml_cumsum_int8_params;

/*
 * Every sum begins with input_offset, not 0, as in TensorFlow Lite, and is one modulo 2^32: with a left_shift of 19
 * it has no room for more than 16 of the largest differences from the zero point.
 *
 * input   in   int8[outer_size][axis_size][inner_size]
 * output  out  int8[outer_size][axis_size][inner_size]
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_cumsum_int8_kernel(const tinyml_cumsum_int8_params *params, const int8_t *input,
                                       int8_t *output, void *scratch);

/* Parameters of the int32 kernels. */
typedef struct {
    TINYML_CUMSUM_FIELDS;
} tinyml_cumsum_int32_params;

/* Tensors as above, in 32 bits; sums begin with 0 and are modulo 2^32. */
typedef void tinyml_cumsum_int32_kernel(const tinyml_cumsum_int32_params *params, const int32_t *input,
                                        int32_t *output, void *scratch);

/* Parameters of the float32 kernels. */
typedef struct {
    TINYML_CUMSUM_FIELDS;
} tinyml_cumsum_float32_params;

/* Tensors as above, in float. */
typedef void tinyml_cumsum_float32_kernel(const tinyml_cumsum_float32_params *params, const float *input,
                                          float *output, void *scratch);

#endif

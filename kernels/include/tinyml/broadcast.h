/*
 * Inputs that repeat along axes of the output.
 *
 * The output is walked through in row-major order along at most TINYML_MOST_DIMENSIONS axes, the last one innermost;
 * strides say by how many values an input moves with each step along an axis, 0 where it repeats. Axes that all
 * inputs walk through alike are one axis: inputs of one shape are a single row with strides of 1.
 */
#ifndef TINYML_BROADCAST_H
#define TINYML_BROADCAST_H

#include <stdint.h>

#define TINYML_MOST_DIMENSIONS 6

/* First fields of the parameters of all operators with two inputs. */
#define TINYML_BINARY_FIELDS                                                   \
    int32_t input_1_size;                                                      \
    int32_t input_2_size;                                                      \
    int32_t output_size;                                                       \
    int32_t dimensions;             /* [1, TINYML_MOST_DIMENSIONS] */          \
    const int32_t *lengths;         /* [dimensions], of the axes */            \
    const int32_t *input_1_strides; /* [dimensions] */                         \
    const int32_t *input_2_strides  /* [dimensions] */

#endif

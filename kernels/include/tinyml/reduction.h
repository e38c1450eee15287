/*
 * Axes of a tensor that become one value.
 *
 * The input is seen as [outer_size][outer_reduced_size][middle_size][reduced_size][inner_size] and the output as
 * [outer_size][middle_size][inner_size]. With one group of reduced axes outer_reduced_size and middle_size are 1.
 */
#ifndef TINYML_REDUCTION_H
#define TINYML_REDUCTION_H

#include <stdint.h>

/* First fields of the parameters of all reductions. */
#define TINYML_REDUCTION_FIELDS \
    int32_t outer_size;         \
    int32_t outer_reduced_size; \
    int32_t middle_size;        \
    int32_t reduced_size;       \
    int32_t inner_size

#endif

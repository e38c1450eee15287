/*
 * Axes of a tensor that become one value, in any order.
 *
 * Neighbours that are all reduced are one axis, and so are neighbours that are all kept. Both kinds are walked through
 * in row-major order, the last axis innermost; strides say by how many values the input moves with each step along an
 * axis. See tinyml/reduction.h for what most reductions are: fewer groups of axes, in loops that are faster.
 */
#ifndef TINYML_STRIDED_REDUCTION_H
#define TINYML_STRIDED_REDUCTION_H

#include <stdint.h>

#define TINYML_MOST_STRIDED_AXES 4 /* of each kind: no tensor of up to 8 dimensions has more */

/* First fields of the parameters of all strided reductions. */
#define TINYML_STRIDED_REDUCTION_FIELDS                                        \
    int32_t kept_axes;              /* [1, TINYML_MOST_STRIDED_AXES] */        \
    const int32_t *kept_lengths;    /* [kept_axes], of the output in order */  \
    const int32_t *kept_strides;    /* [kept_axes] */                          \
    int32_t reduced_axes;           /* [1, TINYML_MOST_STRIDED_AXES] */        \
    const int32_t *reduced_lengths; /* [reduced_axes] */                       \
    const int32_t *reduced_strides  /* [reduced_axes] */

#endif

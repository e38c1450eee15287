/* The largest or smallest of values of any type. */
#ifndef TINYML_REFERENCE_STRIDED_EXTREME_H
#define TINYML_REFERENCE_STRIDED_EXTREME_H

#include "strided_reduction.h"
#include "tinyml/strided_extreme.h"

/* Defines the kernel tinyml_reference_strided_extreme_<name> of values of `type` in [least, most]. */
#define TINYML_DEFINE_STRIDED_EXTREME(name, type, least, most)                                                 \
    tinyml_strided_extreme_##name##_kernel tinyml_reference_strided_extreme_##name;                            \
    static inline type better(const tinyml_strided_extreme_params *params, type best, type value)              \
    {                                                                                                          \
        return (params->largest ? value > best : value < best) ? value : best;                                 \
    }                                                                                                          \
    static inline type unchanged(const tinyml_strided_extreme_params *params, type best)                       \
    {                                                                                                          \
        (void)params;                                                                                          \
        return best;                                                                                           \
    }                                                                                                          \
    void tinyml_reference_strided_extreme_##name(const tinyml_strided_extreme_params *params,                  \
                                                 const type *input, type *output, void *scratch)               \
    {                                                                                                          \
        (void)scratch;                                                                                         \
        TINYML_STRIDED_REDUCE(params, input, output, type, params->largest ? (least) : (most), better,         \
                              unchanged);                                                                      \
    }

#endif

/* Sums of quantized values, brought to the scale of the output. */
#ifndef TINYML_REFERENCE_STRIDED_MEAN_H
#define TINYML_REFERENCE_STRIDED_MEAN_H

#include "strided_reduction.h"
#include "tinyml/fixed_point.h"
#include "tinyml/strided_mean.h"

/* Defines the kernel tinyml_reference_strided_mean_<name> of values of `type` in [least, most]. */
#define TINYML_DEFINE_STRIDED_MEAN(name, type, least, most)                                                    \
    tinyml_strided_mean_##name##_kernel tinyml_reference_strided_mean_##name;                                  \
    static inline int32_t added(const tinyml_strided_mean_##name##_params *params, int32_t sum, type value)    \
    {                                                                                                          \
        (void)params;                                                                                          \
        return sum + value;                                                                                    \
    }                                                                                                          \
    static inline type scaled(const tinyml_strided_mean_##name##_params *params, int32_t sum)                  \
    {                                                                                                          \
        const int32_t value = tinyml_requantize(sum, params->multiplier, params->shift);                       \
                                                                                                               \
        return (type)tinyml_clamp(value + params->output_offset, least, most);                                 \
    }                                                                                                          \
    void tinyml_reference_strided_mean_##name(const tinyml_strided_mean_##name##_params *params,               \
                                              const type *input, type *output, void *scratch)                  \
    {                                                                                                          \
        (void)scratch;                                                                                         \
        TINYML_STRIDED_REDUCE(params, input, output, int32_t, params->sum_offset, added, scaled);              \
    }

#endif

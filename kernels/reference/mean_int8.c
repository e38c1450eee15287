#include "reduction.h"
#include "tinyml/fixed_point.h"
#include "tinyml/mean.h"

tinyml_mean_int8_kernel tinyml_reference_mean_int8;

static inline int32_t added(int32_t sum, int8_t value)
{
    return sum + value;
}

static inline int8_t scaled(const tinyml_mean_int8_params *params, int32_t sum)
{
    const int32_t value = tinyml_requantize(sum, params->multiplier, params->shift) + params->output_offset;

    return (int8_t)tinyml_clamp(value, INT8_MIN, INT8_MAX);
}

void tinyml_reference_mean_int8(const tinyml_mean_int8_params *params, const int8_t *input, int8_t *output,
                                void *scratch)
{
    (void)scratch;
    TINYML_REDUCE(params, input, output, int32_t, params->sum_offset, added, scaled);
}

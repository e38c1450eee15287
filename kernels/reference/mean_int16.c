#include "reduction.h"
#include "tinyml/fixed_point.h"
#include "tinyml/mean.h"

tinyml_mean_int16_kernel tinyml_reference_mean_int16;

static inline int32_t added(int32_t sum, int16_t value)
{
    return sum + value;
}

static inline int16_t scaled(const tinyml_mean_int16_params *params, int32_t sum)
{
    const int32_t value = tinyml_requantize(sum, params->multiplier, params->shift) + params->output_offset;

    return (int16_t)tinyml_clamp(value, INT16_MIN, INT16_MAX);
}

void tinyml_reference_mean_int16(const tinyml_mean_int16_params *params, const int16_t *input, int16_t *output,
                                void *scratch)
{
    (void)scratch;
    TINYML_REDUCE(params, input, output, int32_t, params->sum_offset, added, scaled);
}

#include "cumsum.h"
#include "tinyml/fixed_point.h"

tinyml_cumsum_int8_kernel tinyml_reference_cumsum_int8;

static inline uint32_t shifted(const tinyml_cumsum_int8_params *params, int32_t value)
{
    return (uint32_t)tinyml_shift_left(value + params->input_offset, params->left_shift);
}

static inline int8_t scaled(const tinyml_cumsum_int8_params *params, uint32_t sum)
{
    const int32_t value = tinyml_requantize((int32_t)sum, params->multiplier, params->shift);

    return (int8_t)tinyml_clamp(value + params->output_offset, INT8_MIN, INT8_MAX);
}

void tinyml_reference_cumsum_int8(const tinyml_cumsum_int8_params *params, const int8_t *input,
                                  int8_t *output, void *scratch)
{
    (void)scratch;
    TINYML_ACCUMULATE(params, input, output, uint32_t, shifted(params, 0), shifted, scaled);
}

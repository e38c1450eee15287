#include "broadcast.h"
#include "common_scale.h"
#include "tinyml/add.h"
#include "tinyml/fixed_point.h"

tinyml_add_int16_kernel tinyml_reference_add_int16;

static inline int16_t sum(const tinyml_add_int16_params *params, int16_t a, int16_t b)
{
    const int32_t raw = TINYML_IN_COMMON_SCALE(params, input_1, a) + TINYML_IN_COMMON_SCALE(params, input_2, b);
    const int32_t value = tinyml_requantize(raw, params->output_multiplier, params->output_shift);

    return (int16_t)tinyml_clamp(value + params->output_offset, params->activation_min, params->activation_max);
}

void tinyml_reference_add_int16(const tinyml_add_int16_params *params, const int16_t *input_1,
                                const int16_t *input_2, int16_t *output, void *scratch)
{
    (void)scratch;
    TINYML_FOR_EACH_PAIR(params, input_1, input_2, output, sum);
}

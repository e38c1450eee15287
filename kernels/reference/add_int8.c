#include "broadcast.h"
#include "common_scale.h"
#include "tinyml/add.h"
#include "tinyml/fixed_point.h"

tinyml_add_int8_kernel tinyml_reference_add_int8;

static inline int8_t sum(const tinyml_add_int8_params *params, int8_t a, int8_t b)
{
    const int32_t raw = TINYML_IN_COMMON_SCALE(params, input_1, a) + TINYML_IN_COMMON_SCALE(params, input_2, b);
    const int32_t value = tinyml_requantize(raw, params->output_multiplier, params->output_shift);

    return (int8_t)tinyml_clamp(value + params->output_offset, params->activation_min, params->activation_max);
}

void tinyml_reference_add_int8(const tinyml_add_int8_params *params, const int8_t *input_1,
                               const int8_t *input_2, int8_t *output, void *scratch)
{
    (void)scratch;
    TINYML_FOR_EACH_PAIR(params, input_1, input_2, output, sum);
}

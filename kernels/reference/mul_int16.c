#include "broadcast.h"
#include "tinyml/fixed_point.h"
#include "tinyml/mul.h"

tinyml_mul_int16_kernel tinyml_reference_mul_int16;

static inline int16_t product(const tinyml_mul_int16_params *params, int16_t a, int16_t b)
{
    const int32_t raw = (a + params->input_1_offset) * (b + params->input_2_offset);
    const int32_t value = tinyml_requantize(raw, params->output_multiplier, params->output_shift);

    return (int16_t)tinyml_clamp(value + params->output_offset, params->activation_min, params->activation_max);
}

void tinyml_reference_mul_int16(const tinyml_mul_int16_params *params, const int16_t *input_1,
                                const int16_t *input_2, int16_t *output, void *scratch)
{
    (void)scratch;
    TINYML_FOR_EACH_PAIR(params, input_1, input_2, output, product);
}

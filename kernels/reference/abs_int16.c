#include "tinyml/abs.h"
#include "tinyml/fixed_point.h"

tinyml_abs_int16_kernel tinyml_reference_abs_int16;

void tinyml_reference_abs_int16(const tinyml_abs_int16_params *params, const int16_t *input, int16_t *output,
                                void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        const int32_t distance = input[i] < 0 ? -input[i] : input[i];
        const int32_t value = tinyml_requantize(distance, params->multiplier, params->shift);

        output[i] = (int16_t)tinyml_clamp(value, INT16_MIN, INT16_MAX);
    }
}

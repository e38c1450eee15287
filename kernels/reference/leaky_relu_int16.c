#include "tinyml/fixed_point.h"
#include "tinyml/leaky_relu.h"

tinyml_leaky_relu_int16_kernel tinyml_reference_leaky_relu_int16;

void tinyml_reference_leaky_relu_int16(const tinyml_leaky_relu_int16_params *params, const int16_t *input,
                                       int16_t *output, void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        const int32_t x = input[i];
        const int32_t value =
            x < 0 ? params->alpha_sign * tinyml_requantize(x, params->alpha_multiplier, params->alpha_shift)
                  : tinyml_requantize(x, params->multiplier, params->shift);

        output[i] = (int16_t)tinyml_clamp(value, INT16_MIN, INT16_MAX);
    }
}

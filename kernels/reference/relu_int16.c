#include "tinyml/fixed_point.h"
#include "tinyml/relu.h"

tinyml_relu_int16_kernel tinyml_reference_relu_int16;

void tinyml_reference_relu_int16(const tinyml_relu_int16_params *params, const int16_t *input,
                                 int16_t *output, void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        const int32_t x = input[i] + params->input_offset;
        const int32_t value = tinyml_requantize(x, params->multiplier, params->shift) + params->output_offset;

        output[i] = (int16_t)tinyml_clamp(value, params->activation_min, params->activation_max);
    }
}

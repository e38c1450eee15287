#include "tinyml/fixed_point.h"
#include "tinyml/quantize_to_uint8.h"

tinyml_quantize_to_uint8_uint8_kernel tinyml_reference_quantize_to_uint8_uint8;

void tinyml_reference_quantize_to_uint8_uint8(const tinyml_quantize_to_uint8_uint8_params *params,
                                              const uint8_t *input, uint8_t *output, void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        const int32_t x = input[i] + params->input_offset;
        const int32_t value = tinyml_requantize(x, params->multiplier, params->shift) + params->output_offset;

        output[i] = (uint8_t)tinyml_clamp(value, 0, UINT8_MAX);
    }
}

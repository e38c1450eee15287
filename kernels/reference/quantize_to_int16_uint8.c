#include "tinyml/fixed_point.h"
#include "tinyml/quantize_to_int16.h"

tinyml_quantize_to_int16_uint8_kernel tinyml_reference_quantize_to_int16_uint8;

void tinyml_reference_quantize_to_int16_uint8(const tinyml_quantize_to_int16_uint8_params *params,
                                              const uint8_t *input, int16_t *output, void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        const int32_t x = input[i] + params->input_offset;
        const int32_t value = tinyml_requantize(x, params->multiplier, params->shift) + params->output_offset;

        output[i] = (int16_t)tinyml_clamp(value, INT16_MIN, INT16_MAX);
    }
}

#include "tinyml/fixed_point.h"
#include "tinyml/quantize_to_int16.h"

tinyml_quantize_to_int16_int32_kernel tinyml_reference_quantize_to_int16_int32;

void tinyml_reference_quantize_to_int16_int32(const tinyml_quantize_to_int16_int32_params *params, const int32_t *input,
                                              int16_t *output, void *scratch)
{
    const int32_t offset = params->output_offset;

    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        const int32_t value = tinyml_requantize(input[i], params->multiplier, params->shift);

        output[i] = (int16_t)(tinyml_clamp(value, INT16_MIN - offset, INT16_MAX - offset) + offset);
    }
}

#include "tinyml/fixed_point.h"
#include "tinyml/quantize.h"

tinyml_quantize_int32_kernel tinyml_reference_quantize_int32;

void tinyml_reference_quantize_int32(const tinyml_quantize_int32_params *params, const int32_t *input,
                                     int8_t *output, void *scratch)
{
    const int32_t offset = params->output_offset;

    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        const int32_t value = tinyml_requantize(input[i], params->multiplier, params->shift);

        output[i] = (int8_t)(tinyml_clamp(value, INT8_MIN - offset, INT8_MAX - offset) + offset);
    }
}

#include "tinyml/fixed_point.h"
#include "tinyml/quantize_to_int32.h"

tinyml_quantize_to_int32_int16_kernel tinyml_reference_quantize_to_int32_int16;

void tinyml_reference_quantize_to_int32_int16(const tinyml_quantize_to_int32_int16_params *params,
                                              const int16_t *input, int32_t *output, void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        output[i] = tinyml_requantize(input[i] + params->input_offset, params->multiplier, params->shift);
    }
}

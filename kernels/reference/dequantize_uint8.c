#include "tinyml/dequantize.h"

tinyml_dequantize_uint8_kernel tinyml_reference_dequantize_uint8;

void tinyml_reference_dequantize_uint8(const tinyml_dequantize_uint8_params *params, const uint8_t *input,
                                      float *output, void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        output[i] = params->scale * (float)(input[i] + params->input_offset);
    }
}

#include "tinyml/dequantize.h"

tinyml_dequantize_int16_kernel tinyml_reference_dequantize_int16;

void tinyml_reference_dequantize_int16(const tinyml_dequantize_int16_params *params, const int16_t *input,
                                      float *output, void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        output[i] = params->scale * (float)(input[i] + params->input_offset);
    }
}

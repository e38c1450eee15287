#include "nearest.h"
#include "tinyml/fixed_point.h"
#include "tinyml/quantize_to_uint8.h"

#define FAR 512.0f /* beyond it every value is out of the range of uint8, whatever the zero point */

tinyml_quantize_to_uint8_float32_kernel tinyml_reference_quantize_to_uint8_float32;

void tinyml_reference_quantize_to_uint8_float32(const tinyml_quantize_to_uint8_float32_params *params,
                                                const float *input, uint8_t *output, void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        const int32_t value = tinyml_nearest(input[i] / params->scale, FAR) + params->output_offset;

        output[i] = (uint8_t)tinyml_clamp(value, 0, UINT8_MAX);
    }
}

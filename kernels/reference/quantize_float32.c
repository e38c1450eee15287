#include "tinyml/fixed_point.h"
#include "tinyml/float_range.h"
#include "tinyml/quantize.h"

tinyml_quantize_float32_kernel tinyml_reference_quantize_float32;

/* The nearest integer, halves away from zero; beyond 512 every value is out of the range of int8 anyway. */
static int32_t rounded(float x)
{
    const float limited = tinyml_clamp_float(x, -512.0f, 512.0f);
    const int32_t whole = (int32_t)limited;
    const float rest = limited - (float)whole;

    return whole + (rest >= 0.5f) - (rest <= -0.5f);
}

void tinyml_reference_quantize_float32(const tinyml_quantize_float32_params *params, const float *input,
                                       int8_t *output, void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        const int32_t value = rounded(input[i] / params->scale) + params->output_offset;

        output[i] = (int8_t)tinyml_clamp(value, INT8_MIN, INT8_MAX);
    }
}

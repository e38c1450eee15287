#include "tinyml/float_range.h"
#include "tinyml/hard_swish.h"

tinyml_hard_swish_float32_kernel tinyml_reference_hard_swish_float32;

void tinyml_reference_hard_swish_float32(const tinyml_hard_swish_float32_params *params, const float *input,
                                         float *output, void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        output[i] = input[i] * tinyml_clamp_float(input[i] + 3.0f, 0.0f, 6.0f) / 6.0f;
    }
}

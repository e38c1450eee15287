#include "tinyml/leaky_relu.h"

tinyml_leaky_relu_float32_kernel tinyml_reference_leaky_relu_float32;

void tinyml_reference_leaky_relu_float32(const tinyml_leaky_relu_float32_params *params, const float *input,
                                         float *output, void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        output[i] = input[i] > 0.0f ? input[i] : input[i] * params->alpha;
    }
}

#include "tinyml/float_range.h"
#include "tinyml/relu_n1_to_1.h"

tinyml_relu_n1_to_1_float32_kernel tinyml_reference_relu_n1_to_1_float32;

void tinyml_reference_relu_n1_to_1_float32(const tinyml_relu_n1_to_1_float32_params *params,
                                           const float *input, float *output, void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        output[i] = tinyml_clamp_float(input[i], -1.0f, 1.0f);
    }
}

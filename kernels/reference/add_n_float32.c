#include "tinyml/add_n.h"

tinyml_add_n_float32_kernel tinyml_reference_add_n_float32;

void tinyml_reference_add_n_float32(const tinyml_add_n_float32_params *params, const void *const *inputs,
                                    float *output, void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        float sum = 0.0f;
        for (int32_t input = 0; input < params->input_count; ++input) {
            sum += ((const float *)inputs[input])[i];
        }
        output[i] = sum;
    }
}

#include "tinyml/mean.h"

tinyml_mean_float32_kernel tinyml_reference_mean_float32;

void tinyml_reference_mean_float32(const tinyml_mean_float32_params *params, const float *input,
                                   float *output, void *scratch)
{
    (void)scratch;
    for (int32_t outer = 0; outer < params->outer_size; ++outer) {
        const float *block = input + outer * params->reduced_size * params->inner_size;
        for (int32_t inner = 0; inner < params->inner_size; ++inner) {
            float sum = 0.0f;

            for (int32_t i = 0; i < params->reduced_size; ++i) {
                sum += block[i * params->inner_size + inner];
            }
            *output++ = sum / (float)params->reduced_size;
        }
    }
}

#include "tinyml/float_range.h"
#include "tinyml/fully_connected.h"

tinyml_fully_connected_float32_kernel tinyml_reference_fully_connected_float32;

void tinyml_reference_fully_connected_float32(const tinyml_fully_connected_float32_params *params,
                                              const float *input, const float *filter, const float *bias,
                                              float *output, void *scratch)
{
    (void)scratch;
    for (int32_t row = 0; row < params->rows; ++row) {
        const float *values = input + row * params->input_size;
        for (int32_t channel = 0; channel < params->output_size; ++channel) {
            const float *taps = filter + channel * params->input_size;
            float sum = 0.0f;

            for (int32_t i = 0; i < params->input_size; ++i) {
                sum += values[i] * taps[i];
            }
            sum += bias ? bias[channel] : 0.0f;
            *output++ = tinyml_clamp_float(sum, params->activation_min, params->activation_max);
        }
    }
}

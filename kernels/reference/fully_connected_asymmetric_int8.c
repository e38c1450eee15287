#include "tinyml/fixed_point.h"
#include "tinyml/fully_connected_asymmetric.h"

tinyml_fully_connected_asymmetric_int8_kernel tinyml_reference_fully_connected_asymmetric_int8;

void tinyml_reference_fully_connected_asymmetric_int8(const tinyml_fully_connected_asymmetric_int8_params *params,
                                                      const int8_t *input, const int8_t *filter,
                                                      const int32_t *bias, int8_t *output, void *scratch)
{
    (void)scratch;
    for (int32_t row = 0; row < params->rows; ++row) {
        const int8_t *values = input + row * params->input_size;
        for (int32_t channel = 0; channel < params->output_size; ++channel) {
            const int8_t *taps = filter + channel * params->input_size;
            int32_t sum = bias ? bias[channel] : 0;

            for (int32_t i = 0; i < params->input_size; ++i) {
                sum += (taps[i] + params->filter_offset) * (values[i] + params->input_offset);
            }
            sum = tinyml_requantize(sum, params->multiplier, params->shift) + params->output_offset;
            *output++ = (int8_t)tinyml_clamp(sum, params->activation_min, params->activation_max);
        }
    }
}

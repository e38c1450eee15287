#include "tinyml/fully_connected.h"
#include "wide_sums.h"

tinyml_fully_connected_int16_kernel tinyml_reference_fully_connected_int16;

void tinyml_reference_fully_connected_int16(const tinyml_fully_connected_int16_params *params,
                                            const int16_t *input, const int8_t *filter, const void *bias,
                                            int16_t *output, void *scratch)
{
    (void)scratch;
    for (int32_t row = 0; row < params->rows; ++row) {
        const int16_t *values = input + row * params->input_size;
        for (int32_t channel = 0; channel < params->output_size; ++channel) {
            const int8_t *weights = filter + channel * params->input_size;
            const int32_t factor = params->per_channel ? channel : 0;
            int64_t sum = tinyml_bias_of(bias, params->wide_sums, channel);

            for (int32_t i = 0; i < params->input_size; ++i) {
                sum += weights[i] * values[i];
            }
            const int32_t value = tinyml_requantize_sum(sum, params->wide_sums, params->multiplier[factor],
                                                        params->shift[factor]);
            *output++ = (int16_t)tinyml_clamp(value, params->activation_min, params->activation_max);
        }
    }
}

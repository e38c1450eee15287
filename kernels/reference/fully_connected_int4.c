#include "int4.h"
#include "tinyml/fixed_point.h"
#include "tinyml/fully_connected.h"

tinyml_fully_connected_int4_kernel tinyml_reference_fully_connected_int4;

void tinyml_reference_fully_connected_int4(const tinyml_fully_connected_int4_params *params,
                                           const int8_t *input, const int8_t *filter, const int32_t *bias,
                                           int8_t *output, void *scratch)
{
    (void)scratch;
    for (int32_t row = 0; row < params->rows; ++row) {
        const int8_t *values = input + row * params->input_size;
        for (int32_t channel = 0; channel < params->output_size; ++channel) {
            const int32_t weights = channel * params->input_size;
            int32_t sum = bias ? bias[channel] : 0;

            for (int32_t i = 0; i < params->input_size; ++i) {
                sum += tinyml_int4_at(filter, weights + i) * (values[i] + params->input_offset);
            }
            const int32_t value = tinyml_requantize(sum, params->multiplier[0], params->shift[0]);
            *output++ = (int8_t)tinyml_clamp(value + params->output_offset, params->activation_min,
                                             params->activation_max);
        }
    }
}

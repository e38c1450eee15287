#include "tinyml/conv_2d.h"
#include "wide_sums.h"
#include "window.h"

tinyml_conv_2d_int16_kernel tinyml_reference_conv_2d_int16;

/* Products of one filter with the window at (top, left) of one group of channels; padding adds nothing. */
static int64_t window_sum(const tinyml_conv_2d_int16_params *params, const int16_t *input,
                          const int8_t *filter, int32_t top, int32_t left)
{
    const int32_t depth = params->input_channels / params->groups;
    int64_t sum = 0;

    TINYML_FOR_EACH_TAP (params, top, left, params->dilation_height, params->dilation_width, tap, pixel) {
        const int16_t *values = input + pixel * params->input_channels;
        const int8_t *weights = filter + tap * depth;
        for (int32_t channel = 0; channel < depth; ++channel) {
            sum += weights[channel] * values[channel];
        }
    }
    return sum;
}

void tinyml_reference_conv_2d_int16(const tinyml_conv_2d_int16_params *params, const int16_t *input,
                                    const int8_t *filter, const void *bias, int16_t *output, void *scratch)
{
    const int32_t depth = params->input_channels / params->groups;
    const int32_t filter_size = params->filter_height * params->filter_width * depth;
    const int32_t channels_of_group = params->output_channels / params->groups;

    (void)scratch;
    TINYML_FOR_EACH_WINDOW (params, top, left) {
        for (int32_t channel = 0; channel < params->output_channels; ++channel) {
            const int16_t *group = input + channel / channels_of_group * depth;
            const int64_t sum = window_sum(params, group, filter + channel * filter_size, top, left);
            const int64_t total = sum + tinyml_bias_of(bias, params->wide_sums, channel);
            const int32_t value = tinyml_requantize_sum(total, params->wide_sums, params->multiplier[channel],
                                                        params->shift[channel]);
            *output++ = (int16_t)tinyml_clamp(value, params->activation_min, params->activation_max);
        }
    }
}

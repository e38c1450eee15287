#include "int4.h"
#include "tinyml/conv_2d.h"
#include "tinyml/fixed_point.h"
#include "window.h"

tinyml_conv_2d_int4_kernel tinyml_reference_conv_2d_int4;

/* Products of the filter from `first` on with the window at (top, left) of one group of channels. */
static int32_t window_sum(const tinyml_conv_2d_int4_params *params, const int8_t *input, const int8_t *filter,
                          int32_t first, int32_t top, int32_t left)
{
    const int32_t depth = params->input_channels / params->groups;
    int32_t sum = 0;

    TINYML_FOR_EACH_TAP (params, top, left, params->dilation_height, params->dilation_width, tap, pixel) {
        const int8_t *values = input + pixel * params->input_channels;
        const int32_t weights = first + tap * depth;
        for (int32_t channel = 0; channel < depth; ++channel) {
            sum += tinyml_int4_at(filter, weights + channel) * (values[channel] + params->input_offset);
        }
    }
    return sum;
}

void tinyml_reference_conv_2d_int4(const tinyml_conv_2d_int4_params *params, const int8_t *input,
                                   const int8_t *filter, const int32_t *bias, int8_t *output, void *scratch)
{
    const int32_t depth = params->input_channels / params->groups;
    const int32_t filter_size = params->filter_height * params->filter_width * depth;
    const int32_t channels_of_group = params->output_channels / params->groups;

    (void)scratch;
    TINYML_FOR_EACH_WINDOW (params, top, left) {
        for (int32_t channel = 0; channel < params->output_channels; ++channel) {
            const int8_t *group = input + channel / channels_of_group * depth;
            const int32_t sum = window_sum(params, group, filter, channel * filter_size, top, left);
            const int32_t value = tinyml_requantize(bias ? sum + bias[channel] : sum,
                                                    params->multiplier[channel], params->shift[channel]);
            *output++ = (int8_t)tinyml_clamp(value + params->output_offset, params->activation_min,
                                             params->activation_max);
        }
    }
}

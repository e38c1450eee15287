#include "int4.h"
#include "tinyml/depthwise_conv_2d.h"
#include "tinyml/fixed_point.h"
#include "window.h"

tinyml_depthwise_conv_2d_int4_kernel tinyml_reference_depthwise_conv_2d_int4;

/* Products of the filter of `channel` with the window at (top, left) of one channel of the input. */
static int32_t window_sum(const tinyml_depthwise_conv_2d_int4_params *params, const int8_t *input,
                          const int8_t *filter, int32_t channel, int32_t top, int32_t left)
{
    int32_t sum = 0;

    TINYML_FOR_EACH_TAP (params, top, left, params->dilation_height, params->dilation_width, tap, pixel) {
        const int32_t weight = tinyml_int4_at(filter, tap * params->output_channels + channel);
        sum += weight * (input[pixel * params->input_channels] + params->input_offset);
    }
    return sum;
}

void tinyml_reference_depthwise_conv_2d_int4(const tinyml_depthwise_conv_2d_int4_params *params,
                                             const int8_t *input, const int8_t *filter, const int32_t *bias,
                                             int8_t *output, void *scratch)
{
    (void)scratch;
    TINYML_FOR_EACH_WINDOW (params, top, left) {
        for (int32_t channel = 0; channel < params->output_channels; ++channel) {
            const int8_t *source = input + channel / params->depth_multiplier;
            const int32_t sum = window_sum(params, source, filter, channel, top, left);
            const int32_t value = tinyml_requantize(bias ? sum + bias[channel] : sum,
                                                    params->multiplier[channel], params->shift[channel]);
            *output++ = (int8_t)tinyml_clamp(value + params->output_offset, params->activation_min,
                                             params->activation_max);
        }
    }
}

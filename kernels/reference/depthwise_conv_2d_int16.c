#include "tinyml/depthwise_conv_2d.h"
#include "wide_sums.h"
#include "window.h"

tinyml_depthwise_conv_2d_int16_kernel tinyml_reference_depthwise_conv_2d_int16;

/* Products of one filter with the window at (top, left) of one channel; padding adds nothing. */
static int64_t window_sum(const tinyml_depthwise_conv_2d_int16_params *params, const int16_t *input,
                          const int8_t *filter, int32_t top, int32_t left)
{
    int64_t sum = 0;

    TINYML_FOR_EACH_TAP (params, top, left, params->dilation_height, params->dilation_width, tap, pixel) {
        sum += filter[tap * params->output_channels] * input[pixel * params->input_channels];
    }
    return sum;
}

void tinyml_reference_depthwise_conv_2d_int16(const tinyml_depthwise_conv_2d_int16_params *params,
                                              const int16_t *input, const int8_t *filter,
                                              const int64_t *bias, int16_t *output, void *scratch)
{
    (void)scratch;
    TINYML_FOR_EACH_WINDOW (params, top, left) {
        for (int32_t channel = 0; channel < params->output_channels; ++channel) {
            const int16_t *source = input + channel / params->depth_multiplier;
            const int64_t sum = window_sum(params, source, filter + channel, top, left);
            const int64_t total = sum + tinyml_bias_of(bias, params->wide_sums, channel);
            const int32_t value = tinyml_requantize_sum(total, params->wide_sums, params->multiplier[channel],
                                                        params->shift[channel]);
            *output++ = (int16_t)tinyml_clamp(value, params->activation_min, params->activation_max);
        }
    }
}

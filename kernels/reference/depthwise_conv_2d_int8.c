#include "tinyml/depthwise_conv_2d.h"
#include "tinyml/fixed_point.h"

tinyml_depthwise_conv_2d_int8_kernel tinyml_reference_depthwise_conv_2d_int8;

/* Products of one filter with the window at (top, left) of one channel; padding adds nothing. */
static int32_t window_sum(const tinyml_depthwise_conv_2d_int8_params *params, const int8_t *input,
                          const int8_t *filter, int32_t top, int32_t left)
{
    int32_t sum = 0;

    for (int32_t row = 0; row < params->filter_height; ++row) {
        const int32_t y = top + row * params->dilation_height;
        if (y < 0 || y >= params->input_height) {
            continue;
        }
        for (int32_t column = 0; column < params->filter_width; ++column) {
            const int32_t x = left + column * params->dilation_width;
            if (x < 0 || x >= params->input_width) {
                continue;
            }
            const int32_t pixel = input[(y * params->input_width + x) * params->input_channels];
            const int32_t tap = filter[(row * params->filter_width + column) * params->output_channels];
            sum += tap * (pixel + params->input_offset);
        }
    }
    return sum;
}

void tinyml_reference_depthwise_conv_2d_int8(const tinyml_depthwise_conv_2d_int8_params *params,
                                             const int8_t *input, const int8_t *filter, const int32_t *bias,
                                             int8_t *output, void *scratch)
{
    (void)scratch;
    for (int32_t y = 0; y < params->output_height; ++y) {
        const int32_t top = y * params->stride_height - params->padding_top;
        for (int32_t x = 0; x < params->output_width; ++x) {
            const int32_t left = x * params->stride_width - params->padding_left;
            for (int32_t channel = 0; channel < params->output_channels; ++channel) {
                const int8_t *source = input + channel / params->depth_multiplier;
                int32_t sum = window_sum(params, source, filter + channel, top, left);
                if (bias) {
                    sum += bias[channel];
                }
                sum = tinyml_requantize(sum, params->multiplier[channel], params->shift[channel]);
                sum += params->output_offset;
                *output++ = (int8_t)tinyml_clamp(sum, params->activation_min, params->activation_max);
            }
        }
    }
}

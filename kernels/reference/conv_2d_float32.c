#include "tinyml/conv_2d.h"
#include "tinyml/float_range.h"

tinyml_conv_2d_float32_kernel tinyml_reference_conv_2d_float32;

/* Products of one filter with the window at (top, left) of one group of channels; padding adds nothing. */
static float window_sum(const tinyml_conv_2d_float32_params *params, const float *input, const float *filter,
                        int32_t top, int32_t left)
{
    const int32_t depth = params->input_channels / params->groups;
    float sum = 0.0f;

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
            const float *pixel = input + (y * params->input_width + x) * params->input_channels;
            const float *tap = filter + (row * params->filter_width + column) * depth;
            for (int32_t channel = 0; channel < depth; ++channel) {
                sum += pixel[channel] * tap[channel];
            }
        }
    }
    return sum;
}

void tinyml_reference_conv_2d_float32(const tinyml_conv_2d_float32_params *params, const float *input,
                                      const float *filter, const float *bias, float *output, void *scratch)
{
    const int32_t depth = params->input_channels / params->groups;
    const int32_t filter_size = params->filter_height * params->filter_width * depth;
    const int32_t channels_of_group = params->output_channels / params->groups;

    (void)scratch;
    for (int32_t y = 0; y < params->output_height; ++y) {
        const int32_t top = y * params->stride_height - params->padding_top;
        for (int32_t x = 0; x < params->output_width; ++x) {
            const int32_t left = x * params->stride_width - params->padding_left;
            for (int32_t channel = 0; channel < params->output_channels; ++channel) {
                const float *group = input + channel / channels_of_group * depth;
                const float sum = window_sum(params, group, filter + channel * filter_size, top, left);
                const float value = sum + (bias ? bias[channel] : 0.0f);
                *output++ = tinyml_clamp_float(value, params->activation_min, params->activation_max);
            }
        }
    }
}

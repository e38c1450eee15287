#include "tinyml/average_pool_2d.h"
#include "tinyml/float_range.h"

tinyml_average_pool_2d_float32_kernel tinyml_reference_average_pool_2d_float32;

/* Mean of the window at (top, left) of one channel. */
static float window_mean(const tinyml_average_pool_2d_float32_params *params, const float *input, int32_t top,
                         int32_t left)
{
    float sum = 0.0f;
    int32_t count = 0;

    for (int32_t row = 0; row < params->filter_height; ++row) {
        const int32_t y = top + row;
        if (y < 0 || y >= params->input_height) {
            continue;
        }
        for (int32_t column = 0; column < params->filter_width; ++column) {
            const int32_t x = left + column;
            if (x < 0 || x >= params->input_width) {
                continue;
            }
            sum += input[(y * params->input_width + x) * params->channels];
            ++count;
        }
    }
    return sum / (float)count;
}

void tinyml_reference_average_pool_2d_float32(const tinyml_average_pool_2d_float32_params *params,
                                              const float *input, float *output, void *scratch)
{
    (void)scratch;
    for (int32_t y = 0; y < params->output_height; ++y) {
        const int32_t top = y * params->stride_height - params->padding_top;
        for (int32_t x = 0; x < params->output_width; ++x) {
            const int32_t left = x * params->stride_width - params->padding_left;
            for (int32_t channel = 0; channel < params->channels; ++channel) {
                const float value = window_mean(params, input + channel, top, left);
                *output++ = tinyml_clamp_float(value, params->activation_min, params->activation_max);
            }
        }
    }
}

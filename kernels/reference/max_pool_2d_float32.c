#include "tinyml/float_range.h"
#include "tinyml/max_pool_2d.h"

#include <float.h>

tinyml_max_pool_2d_float32_kernel tinyml_reference_max_pool_2d_float32;

/* Largest value of the window at (top, left) of one channel. */
static float window_max(const tinyml_max_pool_2d_float32_params *params, const float *input, int32_t top,
                        int32_t left)
{
    float largest = -FLT_MAX;

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
            const float value = input[(y * params->input_width + x) * params->channels];
            largest = value > largest ? value : largest;
        }
    }
    return largest;
}

void tinyml_reference_max_pool_2d_float32(const tinyml_max_pool_2d_float32_params *params, const float *input,
                                          float *output, void *scratch)
{
    (void)scratch;
    for (int32_t y = 0; y < params->output_height; ++y) {
        const int32_t top = y * params->stride_height - params->padding_top;
        for (int32_t x = 0; x < params->output_width; ++x) {
            const int32_t left = x * params->stride_width - params->padding_left;
            for (int32_t channel = 0; channel < params->channels; ++channel) {
                const float value = window_max(params, input + channel, top, left);
                *output++ = tinyml_clamp_float(value, params->activation_min, params->activation_max);
            }
        }
    }
}

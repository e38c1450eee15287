#include "tinyml/average_pool_2d.h"
#include "tinyml/fixed_point.h"

tinyml_average_pool_2d_int8_kernel tinyml_reference_average_pool_2d_int8;

/* Mean of the window at (top, left) of one channel, halves away from zero. */
static int8_t window_mean(const tinyml_average_pool_2d_int8_params *params, const int8_t *input, int32_t top,
                          int32_t left)
{
    int32_t sum = 0;
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
    return (int8_t)((sum > 0 ? sum + count / 2 : sum - count / 2) / count);
}

void tinyml_reference_average_pool_2d_int8(const tinyml_average_pool_2d_int8_params *params,
                                           const int8_t *input, int8_t *output, void *scratch)
{
    (void)scratch;
    for (int32_t y = 0; y < params->output_height; ++y) {
        const int32_t top = y * params->stride_height - params->padding_top;
        for (int32_t x = 0; x < params->output_width; ++x) {
            const int32_t left = x * params->stride_width - params->padding_left;
            for (int32_t channel = 0; channel < params->channels; ++channel) {
                const int8_t value = window_mean(params, input + channel, top, left);
                *output++ = (int8_t)tinyml_clamp(value, params->activation_min, params->activation_max);
            }
        }
    }
}

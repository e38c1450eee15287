#include "tinyml/average_pool_2d.h"
#include "tinyml/fixed_point.h"
#include "window.h"

tinyml_average_pool_2d_int16_kernel tinyml_reference_average_pool_2d_int16;

/* Mean of the window at (top, left) of one channel, halves away from zero. */
static int32_t window_mean(const tinyml_average_pool_2d_int16_params *params, const int16_t *input,
                           int32_t top, int32_t left)
{
    int32_t sum = 0;
    int32_t count = 0;

    TINYML_FOR_EACH_TAP (params, top, left, 1, 1, tap, pixel) {
        sum += input[pixel * params->channels];
        ++count;
    }
    return (sum > 0 ? sum + count / 2 : sum - count / 2) / count;
}

void tinyml_reference_average_pool_2d_int16(const tinyml_average_pool_2d_int16_params *params,
                                            const int16_t *input, int16_t *output, void *scratch)
{
    (void)scratch;
    TINYML_FOR_EACH_WINDOW (params, top, left) {
        for (int32_t channel = 0; channel < params->channels; ++channel) {
            const int32_t mean = window_mean(params, input + channel, top, left);
            *output++ = (int16_t)tinyml_clamp(mean, params->activation_min, params->activation_max);
        }
    }
}

#include "tinyml/fixed_point.h"
#include "tinyml/max_pool_2d.h"
#include "window.h"

tinyml_max_pool_2d_int16_kernel tinyml_reference_max_pool_2d_int16;

/* Largest value of the window at (top, left) of one channel. */
static int16_t window_maximum(const tinyml_max_pool_2d_int16_params *params, const int16_t *input,
                              int32_t top, int32_t left)
{
    int16_t largest = INT16_MIN;

    TINYML_FOR_EACH_TAP (params, top, left, 1, 1, tap, pixel) {
        const int16_t value = input[pixel * params->channels];
        largest = value > largest ? value : largest;
    }
    return largest;
}

void tinyml_reference_max_pool_2d_int16(const tinyml_max_pool_2d_int16_params *params, const int16_t *input,
                                        int16_t *output, void *scratch)
{
    (void)scratch;
    TINYML_FOR_EACH_WINDOW (params, top, left) {
        for (int32_t channel = 0; channel < params->channels; ++channel) {
            const int16_t largest = window_maximum(params, input + channel, top, left);
            *output++ = (int16_t)tinyml_clamp(largest, params->activation_min, params->activation_max);
        }
    }
}

#include <math.h>

#include "tinyml/float_range.h"
#include "tinyml/l2_pool_2d.h"
#include "window.h"

tinyml_l2_pool_2d_float32_kernel tinyml_reference_l2_pool_2d_float32;

void tinyml_reference_l2_pool_2d_float32(const tinyml_l2_pool_2d_float32_params *params, const float *input,
                                         float *output, void *scratch)
{
    (void)scratch;
    TINYML_FOR_EACH_WINDOW(params, top, left)
    {
        for (int32_t channel = 0; channel < params->channels; ++channel) {
            float sum = 0.0f;
            int32_t count = 0;
            TINYML_FOR_EACH_TAP(params, top, left, 1, 1, tap, pixel)
            {
                const float value = input[pixel * params->channels + channel];
                sum += value * value;
                ++count;
            }
            *output++ = tinyml_clamp_float(sqrtf(sum / (float)count), params->activation_min,
                                           params->activation_max);
        }
    }
}

#include "tinyml/float_range.h"
#include "transpose_conv.h"

tinyml_transpose_conv_float32_kernel tinyml_reference_transpose_conv_float32;

static inline float product(const tinyml_transpose_conv_float32_params *params, float pixel, float tap)
{
    (void)params;
    return pixel * tap;
}

TINYML_DEFINE_PIXEL_SUM(pixel_sum, tinyml_transpose_conv_float32_params, float, float, float, product)

void tinyml_reference_transpose_conv_float32(const tinyml_transpose_conv_float32_params *params,
                                             const float *filter, const float *input, const float *bias,
                                             float *output, void *scratch)
{
    const int32_t filter_size = params->filter_height * params->filter_width * params->input_channels;

    (void)scratch;
    for (int32_t y = 0; y < params->output_height; ++y) {
        for (int32_t x = 0; x < params->output_width; ++x) {
            for (int32_t channel = 0; channel < params->output_channels; ++channel) {
                float sum = pixel_sum(params, filter + channel * filter_size, input, y, x);
                if (bias) {
                    sum += bias[channel];
                }
                *output++ = tinyml_clamp_float(sum, params->activation_min, params->activation_max);
            }
        }
    }
}

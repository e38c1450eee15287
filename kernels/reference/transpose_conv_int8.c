#include "tinyml/fixed_point.h"
#include "transpose_conv.h"

tinyml_transpose_conv_int8_kernel tinyml_reference_transpose_conv_int8;

static inline int32_t product(const tinyml_transpose_conv_int8_params *params, int8_t pixel, int8_t tap)
{
    return tap * (pixel + params->input_offset);
}

TINYML_DEFINE_PIXEL_SUM(pixel_sum, tinyml_transpose_conv_int8_params, int8_t, int8_t, int32_t, product)

void tinyml_reference_transpose_conv_int8(const tinyml_transpose_conv_int8_params *params,
                                          const int8_t *filter, const int8_t *input, const int32_t *bias,
                                          int8_t *output, void *scratch)
{
    const int32_t filter_size = params->filter_height * params->filter_width * params->input_channels;

    (void)scratch;
    for (int32_t y = 0; y < params->output_height; ++y) {
        for (int32_t x = 0; x < params->output_width; ++x) {
            for (int32_t channel = 0; channel < params->output_channels; ++channel) {
                int32_t sum = pixel_sum(params, filter + channel * filter_size, input, y, x);
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

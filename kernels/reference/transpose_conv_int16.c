#include "transpose_conv.h"
#include "wide_sums.h"

tinyml_transpose_conv_int16_kernel tinyml_reference_transpose_conv_int16;

static inline int32_t product(const tinyml_transpose_conv_int16_params *params, int16_t pixel, int8_t tap)
{
    (void)params;
    return tap * pixel;
}

TINYML_DEFINE_PIXEL_SUM(pixel_sum, tinyml_transpose_conv_int16_params, int8_t, int16_t, int64_t, product)

void tinyml_reference_transpose_conv_int16(const tinyml_transpose_conv_int16_params *params,
                                           const int8_t *filter, const int16_t *input, const void *bias,
                                           int16_t *output, void *scratch)
{
    const int32_t filter_size = params->filter_height * params->filter_width * params->input_channels;

    (void)scratch;
    for (int32_t y = 0; y < params->output_height; ++y) {
        for (int32_t x = 0; x < params->output_width; ++x) {
            for (int32_t channel = 0; channel < params->output_channels; ++channel) {
                const int64_t sum = pixel_sum(params, filter + channel * filter_size, input, y, x);
                const int64_t total = sum + tinyml_bias_of(bias, params->wide_sums, channel);
                const int32_t value = tinyml_requantize_sum(total, params->wide_sums, params->multiplier[channel],
                                                            params->shift[channel]);
                *output++ = (int16_t)tinyml_clamp(value, params->activation_min, params->activation_max);
            }
        }
    }
}

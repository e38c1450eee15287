#include "tinyml/pad.h"

tinyml_pad_float32_kernel tinyml_reference_pad_float32;

static float *fill(float *output, int32_t count, float value)
{
    for (int32_t i = 0; i < count; ++i) {
        *output++ = value;
    }
    return output;
}

void tinyml_reference_pad_float32(const tinyml_pad_float32_params *params, const float *input, float *output,
                                  void *scratch)
{
    const float value = (float)params->value;
    const int32_t channels = params->channels_before + params->input_channels + params->channels_after;
    const int32_t row = (params->width_before + params->input_width + params->width_after) * channels;

    (void)scratch;
    output = fill(output, params->height_before * row, value);
    for (int32_t y = 0; y < params->input_height; ++y) {
        output = fill(output, params->width_before * channels, value);
        for (int32_t x = 0; x < params->input_width; ++x) {
            output = fill(output, params->channels_before, value);
            for (int32_t channel = 0; channel < params->input_channels; ++channel) {
                *output++ = *input++;
            }
            output = fill(output, params->channels_after, value);
        }
        output = fill(output, params->width_after * channels, value);
    }
    fill(output, params->height_after * row, value);
}

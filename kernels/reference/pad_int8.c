#include "tinyml/pad.h"

tinyml_pad_int8_kernel tinyml_reference_pad_int8;

static int8_t *fill(int8_t *output, int32_t count, int8_t value)
{
    for (int32_t i = 0; i < count; ++i) {
        *output++ = value;
    }
    return output;
}

void tinyml_reference_pad_int8(const tinyml_pad_int8_params *params, const int8_t *input, int8_t *output,
                               void *scratch)
{
    const int8_t value = (int8_t)params->value;
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

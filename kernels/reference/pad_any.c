#include "copy.h"
#include "tinyml/pad.h"

tinyml_pad_any_kernel tinyml_reference_pad_any;

void tinyml_reference_pad_any(const tinyml_pad_any_params *params, const void *input, void *output,
                              void *scratch)
{
    const int32_t unit = params->element_bytes;
    const int32_t value = params->value;
    const int32_t before = params->channels_before * unit;
    const int32_t pixel = params->input_channels * unit;
    const int32_t after = params->channels_after * unit;
    const int32_t padded_pixel = before + pixel + after;
    const int32_t row = (params->width_before + params->input_width + params->width_after) * padded_pixel;
    const int32_t image = (params->height_before + params->input_height + params->height_after) * row;
    const uint8_t *in = input;
    uint8_t *out = tinyml_fill(output, value, params->images_before * image, unit);

    (void)scratch;
    for (int32_t i = 0; i < params->input_images; ++i) {
        out = tinyml_fill(out, value, params->height_before * row, unit);
        for (int32_t y = 0; y < params->input_height; ++y) {
            out = tinyml_fill(out, value, params->width_before * padded_pixel, unit);
            for (int32_t x = 0; x < params->input_width; ++x) {
                out = tinyml_fill(out, value, before, unit);
                out = tinyml_copy(out, in, pixel, unit);
                out = tinyml_fill(out, value, after, unit);
                in += pixel;
            }
            out = tinyml_fill(out, value, params->width_after * padded_pixel, unit);
        }
        out = tinyml_fill(out, value, params->height_after * row, unit);
    }
    tinyml_fill(out, value, params->images_after * image, unit);
}

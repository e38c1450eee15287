#include "copy.h"
#include "tinyml/space_to_batch_nd.h"

tinyml_space_to_batch_nd_any_kernel tinyml_reference_space_to_batch_nd_any;

/* The pixels of `image` at (top, left) of each block; returns the place behind what is written. */
static void *take(const tinyml_space_to_batch_nd_any_params *params, const uint8_t *image, void *output,
                  int32_t top, int32_t left)
{
    const int32_t bytes = params->pixel_bytes;
    const int32_t unit = params->element_bytes;

    for (int32_t row = 0; row < params->output_height; ++row) {
        const int32_t y = row * params->block_height + top;
        for (int32_t column = 0; column < params->output_width; ++column) {
            const int32_t x = column * params->block_width + left;
            if (y < 0 || y >= params->input_height || x < 0 || x >= params->input_width) {
                output = tinyml_fill(output, params->value, bytes, unit);
            } else {
                const int32_t pixel = y * params->input_width + x;
                output = tinyml_copy(output, image + pixel * bytes, bytes, unit);
            }
        }
    }
    return output;
}

void tinyml_reference_space_to_batch_nd_any(const tinyml_space_to_batch_nd_any_params *params,
                                            const void *input, void *output, void *scratch)
{
    const int32_t image_bytes = params->input_height * params->input_width * params->pixel_bytes;

    (void)scratch;
    for (int32_t y = 0; y < params->block_height; ++y) {
        for (int32_t x = 0; x < params->block_width; ++x) {
            for (int32_t image = 0; image < params->input_batch; ++image) {
                const uint8_t *in = (const uint8_t *)input + image * image_bytes;
                output = take(params, in, output, y - params->padding_top, x - params->padding_left);
            }
        }
    }
}

#include "tinyml/resize_bilinear.h"

tinyml_resize_bilinear_float32_kernel tinyml_reference_resize_bilinear_float32;

/* Two neighbours along an axis, and how far a place is behind the first. */
typedef struct {
    int32_t first;
    int32_t second;
    float fraction;
} place;

static place place_of(int32_t position, float scale, int32_t half_pixel_centers, int32_t length)
{
    const float scaled =
        half_pixel_centers ? ((float)position + 0.5f) * scale - 0.5f : (float)position * scale;
    const int32_t first = (int32_t)scaled; /* places are up to half a pixel in front of the image: still 0 */
    const int32_t second = scaled > (float)first ? first + 1 : first;

    return (place){first, second < length ? second : length - 1, scaled - (float)first};
}

/* In the order of TensorFlow Lite, whose sum of a last 0 makes -0 to 0. */
static float mix(float first, float second, float third, float fourth, float down, float right)
{
    return first * (1.0f - down) * (1.0f - right) + third * down * (1.0f - right) +
           second * (1.0f - down) * right + fourth * down * right + 0.0f;
}

static float *resize_row(const tinyml_resize_bilinear_float32_params *params, const float *upper,
                         const float *lower, float down, float *output)
{
    const int32_t channels = params->channels;

    for (int32_t column = 0; column < params->output_width; ++column) {
        const place x = place_of(column, params->width_scale, params->half_pixel_centers, params->input_width);
        const int32_t left = x.first * channels;
        const int32_t right = x.second * channels;
        for (int32_t c = 0; c < channels; ++c) {
            *output++ = mix(upper[left + c], upper[right + c], lower[left + c], lower[right + c], down,
                            x.fraction);
        }
    }
    return output;
}

void tinyml_reference_resize_bilinear_float32(const tinyml_resize_bilinear_float32_params *params,
                                              const float *input, float *output, void *scratch)
{
    const int32_t row_size = params->input_width * params->channels;

    (void)scratch;
    for (int32_t image = 0; image < params->batch; ++image) {
        for (int32_t row = 0; row < params->output_height; ++row) {
            const place y =
                place_of(row, params->height_scale, params->half_pixel_centers, params->input_height);
            output = resize_row(params, input + y.first * row_size, input + y.second * row_size, y.fraction,
                                output);
        }
        input += params->input_height * row_size;
    }
}

/*
 * RESIZE_BILINEAR of quantized images. A file that includes this defines VALUE, the type of a value, SUM, that of 2^20
 * times a value, PARAMS, the type of the parameters, and FUNCTION, the name of the kernel.
 */
#include "tinyml/resize_bilinear.h"

#define ONE_BITS 10
#define ONE (1 << ONE_BITS)

/* Two neighbours along an axis, and 1024 times how far a place is behind the first. */
typedef struct {
    int32_t first;
    int32_t second;
    int32_t fraction;
} place;

static place place_of(int32_t position, int32_t scale, int32_t half_pixel_centers, int32_t length)
{
    const int32_t shift = half_pixel_centers ? scale / 2 - ONE / 2 : 0;
    const int32_t scaled = position * scale + shift;
    const int32_t first = scaled < 0 ? 0 : scaled >> ONE_BITS;
    const int32_t second = (scaled + ONE - 1) >> ONE_BITS;

    return (place){first, second < length ? second : length - 1, scaled - first * ONE};
}

/* `sum` is less than 2^22 times the largest value: places are up to half a pixel outside of the image. */
static VALUE rounded(SUM sum)
{
    const SUM half = ONE * (ONE / 2);

    return (VALUE)((sum + (sum > 0 ? half : -half)) / (ONE * ONE));
}

static VALUE *resize_row(const PARAMS *params, const VALUE *upper, const VALUE *lower, int32_t down,
                         VALUE *output)
{
    const int32_t channels = params->channels;

    for (int32_t column = 0; column < params->output_width; ++column) {
        const place x = place_of(column, params->width_scale, params->half_pixel_centers, params->input_width);
        const int32_t left = x.first * channels;
        const int32_t right = x.second * channels;
        const int32_t upper_left = (ONE - down) * (ONE - x.fraction);
        const int32_t upper_right = (ONE - down) * x.fraction;
        const int32_t lower_left = down * (ONE - x.fraction);
        const int32_t lower_right = down * x.fraction;
        for (int32_t c = 0; c < channels; ++c) {
            *output++ = rounded((SUM)upper[left + c] * upper_left + (SUM)upper[right + c] * upper_right +
                                (SUM)lower[left + c] * lower_left + (SUM)lower[right + c] * lower_right);
        }
    }
    return output;
}

void FUNCTION(const PARAMS *params, const VALUE *input, VALUE *output, void *scratch)
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

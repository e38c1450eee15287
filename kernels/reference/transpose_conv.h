/* Which pixels of the input reach a pixel of the output of TRANSPOSE_CONV. */
#ifndef TINYML_REFERENCE_TRANSPOSE_CONV_H
#define TINYML_REFERENCE_TRANSPOSE_CONV_H

#include "tinyml/transpose_conv.h"

/* Along one axis: pixels [first, end) of the input, of which pixel i meets tap `position - i * stride` of the filter. */
typedef struct {
    int32_t first;
    int32_t end;
} tinyml_reach;

/* `position` is the place in the output with the padding before it: at least 0. */
static inline tinyml_reach tinyml_reach_of(int32_t position, int32_t stride, int32_t taps, int32_t length)
{
    const int32_t before = position - taps;
    tinyml_reach reach = {before < 0 ? 0 : before / stride + 1, position / stride + 1};

    if (reach.end > length) {
        reach.end = length;
    }
    return reach;
}

/* Sum, of type `type`, of product(params, pixel, tap) over all that reaches the pixel (y, x) of one output channel. */
#define TINYML_DEFINE_PIXEL_SUM(name, params_type, tap_type, value_type, type, product)                                \
    static type name(const params_type *params, const tap_type *filter, const value_type *input, int32_t y,    \
                     int32_t x)                                                                                \
    {                                                                                                          \
        const int32_t channels = params->input_channels;                                                       \
        const int32_t top = y + params->padding_top;                                                           \
        const int32_t left = x + params->padding_left;                                                         \
        const tinyml_reach rows =                                                                              \
            tinyml_reach_of(top, params->stride_height, params->filter_height, params->input_height);          \
        const tinyml_reach columns =                                                                           \
            tinyml_reach_of(left, params->stride_width, params->filter_width, params->input_width);            \
        type sum = 0;                                                                                          \
        for (int32_t row = rows.first; row < rows.end; ++row) {                                                \
            const int32_t filter_row = (top - row * params->stride_height) * params->filter_width;             \
            for (int32_t column = columns.first; column < columns.end; ++column) {                             \
                const int32_t tap = filter_row + left - column * params->stride_width;                         \
                const tap_type *taps = filter + tap * channels;                                                \
                const value_type *pixel = input + (row * params->input_width + column) * channels;             \
                for (int32_t channel = 0; channel < channels; ++channel) {                                     \
                    sum += product(params, pixel[channel], taps[channel]);                                     \
                }                                                                                              \
            }                                                                                                  \
        }                                                                                                      \
        return sum;                                                                                            \
    }

#endif

/* Loops of operators that slide a window over an image. */
#ifndef TINYML_REFERENCE_WINDOW_H
#define TINYML_REFERENCE_WINDOW_H

#include <stdint.h>

/* The statement that follows is run for each window, row by row, `top` and `left` being the place of its first tap. */
#define TINYML_FOR_EACH_WINDOW(params, top, left)                                                            \
    for (int32_t top = -(params)->padding_top,                                                               \
                 top##_end = top + (params)->output_height * (params)->stride_height;                        \
         top < top##_end; top += (params)->stride_height)                                                    \
        for (int32_t left = -(params)->padding_left,                                                         \
                     left##_end = left + (params)->output_width * (params)->stride_width;                    \
             left < left##_end; left += (params)->stride_width)

/*
 * The statement that follows is run for each tap inside of the image of the window at (top, left), `tap` and `pixel`
 * being their numbers in row-major order; taps lie `down` rows and `right` columns apart.
 */
#define TINYML_FOR_EACH_TAP(params, top, left, down, right, tap, pixel)                                      \
    for (int32_t row = 0, y = (top); row < (params)->filter_height; ++row, y += (down))                      \
        if (y >= 0 && y < (params)->input_height)                                                            \
            for (int32_t tap = row * (params)->filter_width, tap##_end = tap + (params)->filter_width,       \
                         x = (left), pixel = y * (params)->input_width + x;                                  \
                 tap < tap##_end; ++tap, x += (right), pixel += (right))                                     \
                if (x >= 0 && x < (params)->input_width)

#endif

/* Walking through inputs that repeat along axes of the output: see tinyml/broadcast.h. */
#ifndef TINYML_REFERENCE_BROADCAST_H
#define TINYML_REFERENCE_BROADCAST_H

#include <stdbool.h>

#include "tinyml/broadcast.h"

/* The rows of the output, each along the last axis, with the index of the first value in each input. */
typedef struct {
    int32_t counters[TINYML_MOST_DIMENSIONS];
    int32_t input_1;
    int32_t input_2;
} tinyml_rows;

/*
 * Moves `rows` from one row to the next; false after the last one. The outermost counters are those that change
 * least, as in the digits of a number.
 */
static inline bool tinyml_next_row(tinyml_rows *rows, int32_t dimensions, const int32_t *lengths,
                                   const int32_t *input_1_strides, const int32_t *input_2_strides)
{
    for (int32_t axis = dimensions - 2; axis >= 0; --axis) {
        rows->input_1 += input_1_strides[axis];
        rows->input_2 += input_2_strides[axis];
        if (++rows->counters[axis] < lengths[axis]) {
            return true;
        }
        rows->input_1 -= input_1_strides[axis] * lengths[axis];
        rows->input_2 -= input_2_strides[axis] * lengths[axis];
        rows->counters[axis] = 0;
    }
    return false;
}

/* output[...] = function(params, input_1[...], input_2[...]) for all values of the output. */
#define TINYML_FOR_EACH_PAIR(params, input_1_values, input_2_values, output_values, function)                \
    do {                                                                                                     \
        const int32_t last = (params)->dimensions - 1;                                                       \
        const int32_t length = (params)->lengths[last];                                                      \
        const int32_t step_1 = (params)->input_1_strides[last];                                              \
        const int32_t step_2 = (params)->input_2_strides[last];                                              \
        tinyml_rows rows = {{0}, 0, 0};                                                                      \
        do {                                                                                                 \
            int32_t first = rows.input_1;                                                                    \
            int32_t second = rows.input_2;                                                                   \
            for (int32_t i = 0; i < length; ++i) {                                                           \
                *(output_values)++ = function(params, (input_1_values)[first], (input_2_values)[second]);    \
                first += step_1;                                                                             \
                second += step_2;                                                                            \
            }                                                                                                \
        } while (tinyml_next_row(&rows, (params)->dimensions, (params)->lengths, (params)->input_1_strides,  \
                                 (params)->input_2_strides));                                                \
    } while (0)

#endif

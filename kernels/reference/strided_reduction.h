/* Walking through axes that become one value, whatever their order: see tinyml/strided_reduction.h. */
#ifndef TINYML_REFERENCE_STRIDED_REDUCTION_H
#define TINYML_REFERENCE_STRIDED_REDUCTION_H

#include <stdbool.h>

#include "tinyml/strided_reduction.h"

/* A place in the input and how far it has come along each axis. */
typedef struct {
    int32_t counters[TINYML_MOST_STRIDED_AXES];
    int32_t place;
} tinyml_walk;

/* Moves `walk` to its next place along `axes` axes; false after the last one, when it is where it began. */
static inline bool tinyml_step(tinyml_walk *walk, int32_t axes, const int32_t *lengths, const int32_t *strides)
{
    for (int32_t axis = axes - 1; axis >= 0; --axis) {
        walk->place += strides[axis];
        if (++walk->counters[axis] < lengths[axis]) {
            return true;
        }
        walk->place -= strides[axis] * lengths[axis];
        walk->counters[axis] = 0;
    }
    return false;
}

/*
 * Each value of the output becomes finish(params, result) of its values of the input in their order in memory: of
 * result = fold(params, result, value), which begins with `initial` of type `type`. The last reduced axis is a loop of
 * its own.
 */
#define TINYML_STRIDED_REDUCE(params, input_values, output_values, type, initial, fold, finish)                \
    do {                                                                                                       \
        const int32_t last = (params)->reduced_axes - 1;                                                       \
        const int32_t length = (params)->reduced_lengths[last];                                                \
        const int32_t stride = (params)->reduced_strides[last];                                                \
        tinyml_walk kept = {{0}, 0};                                                                           \
        do {                                                                                                   \
            tinyml_walk reduced = {{0}, kept.place};                                                           \
            type result = (initial);                                                                           \
            do {                                                                                               \
                int32_t place = reduced.place;                                                                 \
                for (int32_t left = length; left > 0; --left) {                                                \
                    result = fold(params, result, (input_values)[place]);                                      \
                    place += stride;                                                                           \
                }                                                                                              \
            } while (tinyml_step(&reduced, last, (params)->reduced_lengths, (params)->reduced_strides));       \
            *(output_values)++ = finish(params, result);                                                       \
        } while (tinyml_step(&kept, (params)->kept_axes, (params)->kept_lengths, (params)->kept_strides));     \
    } while (0)

#endif

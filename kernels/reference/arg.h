/* The search along an axis that ARG_MAX and ARG_MIN share. */
#ifndef TINYML_REFERENCE_ARG_H
#define TINYML_REFERENCE_ARG_H

#include <stdint.h>

/* The output gets the place of the first value along the axis that no value behind it `exceeds`. */
#define TINYML_FIND(params, input_values, output_places, exceeds)                                              \
    for (int32_t outer = 0; outer < (params)->outer_size; ++outer) {                                           \
        for (int32_t inner = 0; inner < (params)->inner_size; ++inner) {                                       \
            const int32_t first = outer * (params)->axis_size * (params)->inner_size + inner;                  \
            int32_t found = 0;                                                                                 \
            int32_t best = first;                                                                              \
            int32_t place = first;                                                                             \
            for (int32_t i = 1; i < (params)->axis_size; ++i) {                                                \
                place += (params)->inner_size;                                                                 \
                if ((input_values)[place] exceeds (input_values)[best]) {                                      \
                    best = place;                                                                              \
                    found = i;                                                                                 \
                }                                                                                              \
            }                                                                                                  \
            *(output_places)++ = found;                                                                        \
        }                                                                                                      \
    }

#endif

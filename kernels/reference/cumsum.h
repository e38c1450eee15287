/* The walk along an axis that the kernels of CUMSUM share. */
#ifndef TINYML_REFERENCE_CUMSUM_H
#define TINYML_REFERENCE_CUMSUM_H

#include "tinyml/cumsum.h"

/* output[...] = finish(params, sum), where sum of type `type` begins with `initial` and grows by term(params, value). */
#define TINYML_ACCUMULATE(params, input_values, output_values, type, initial, term, finish)                    \
    do {                                                                                                       \
        const int32_t last = ((params)->axis_size - 1) * (params)->inner_size;                                 \
        const int32_t step = (params)->reverse ? -(params)->inner_size : (params)->inner_size;                 \
        for (int32_t outer = 0; outer < (params)->outer_size; ++outer) {                                       \
            for (int32_t inner = 0; inner < (params)->inner_size; ++inner) {                                   \
                type sum = (initial);                                                                          \
                int32_t place = outer * (params)->axis_size * (params)->inner_size + inner;                    \
                place += (params)->reverse ? last : 0;                                                         \
                for (int32_t left = (params)->axis_size; left > 0; --left) {                                   \
                    const type next = sum + term(params, (input_values)[place]);                               \
                    (output_values)[place] = finish(params, (params)->exclusive ? sum : next);                 \
                    sum = next;                                                                                \
                    place += step;                                                                             \
                }                                                                                              \
            }                                                                                                  \
        }                                                                                                      \
    } while (0)

#endif

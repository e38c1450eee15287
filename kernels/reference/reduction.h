/* Walking through axes that become one value: see tinyml/reduction.h. */
#ifndef TINYML_REFERENCE_REDUCTION_H
#define TINYML_REFERENCE_REDUCTION_H

#include "tinyml/reduction.h"

/*
 * Each value of the output becomes finish(params, result) of its values of the input in their order in memory: of
 * result = fold(result, value), which begins with `initial` of type `type`.
 */
#define TINYML_REDUCE(params, input_values, output_values, type, initial, fold, finish)                        \
    do {                                                                                                       \
        const int32_t step = (params)->inner_size;                                                             \
        const int32_t middle_step = step * (params)->reduced_size;                                             \
        const int32_t outer_step = middle_step * (params)->middle_size;                                        \
        for (int32_t outer = 0; outer < (params)->outer_size; ++outer) {                                       \
            for (int32_t middle = 0; middle < (params)->middle_size; ++middle) {                               \
                const int32_t first = outer * (params)->outer_reduced_size * outer_step + middle * middle_step; \
                for (int32_t inner = 0; inner < (params)->inner_size; ++inner) {                               \
                    type result = (initial);                                                                   \
                    for (int32_t far = 0; far < (params)->outer_reduced_size; ++far) {                         \
                        int32_t place = first + far * outer_step + inner;                                      \
                        for (int32_t near = 0; near < (params)->reduced_size; ++near) {                        \
                            result = fold(result, (input_values)[place]);                                      \
                            place += step;                                                                     \
                        }                                                                                      \
                    }                                                                                          \
                    *(output_values)++ = finish(params, result);                                               \
                }                                                                                              \
            }                                                                                                  \
        }                                                                                                      \
    } while (0)

#endif

/* The largest values of each row. */
#ifndef TINYML_REFERENCE_TOPK_V2_H
#define TINYML_REFERENCE_TOPK_V2_H

#include "tinyml/topk_v2.h"

/*
 * Defines the kernel tinyml_reference_topk_v2_<name> of values of `type`. Each value moves up in the list of those
 * found so far, before smaller ones and behind equal ones; what falls off its end is forgotten.
 */
#define TINYML_DEFINE_TOPK_V2(name, type)                                                                    \
    tinyml_topk_v2_##name##_kernel tinyml_reference_topk_v2_##name;                                          \
    void tinyml_reference_topk_v2_##name(const tinyml_topk_v2_##name##_params *params, const type *input,    \
                                         type *values, int32_t *positions, void *scratch)                    \
    {                                                                                                        \
        (void)scratch;                                                                                       \
        for (int32_t row = 0; row < params->rows; ++row) {                                                   \
            int32_t found = 0;                                                                               \
            for (int32_t i = 0; i < params->row_size; ++i) {                                                 \
                const type value = input[i];                                                                 \
                int32_t place = found;                                                                       \
                if (found < params->count) {                                                                 \
                    ++found;                                                                                 \
                } else if (value > values[found - 1]) {                                                      \
                    place = found - 1;                                                                       \
                } else {                                                                                     \
                    continue;                                                                                \
                }                                                                                            \
                for (; place > 0 && value > values[place - 1]; --place) {                                    \
                    values[place] = values[place - 1];                                                       \
                    positions[place] = positions[place - 1];                                                 \
                }                                                                                            \
                values[place] = value;                                                                       \
                positions[place] = i;                                                                        \
            }                                                                                                \
            input += params->row_size;                                                                       \
            values += params->count;                                                                         \
            positions += params->count;                                                                      \
        }                                                                                                    \
    }

#endif

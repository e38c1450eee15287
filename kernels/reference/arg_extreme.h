/* The search in either direction, and places of 64 bits. */
#ifndef TINYML_REFERENCE_ARG_EXTREME_H
#define TINYML_REFERENCE_ARG_EXTREME_H

#include "arg.h"
#include "tinyml/arg_extreme.h"

/* Gives each of `count` places a second word; the last one first, so that none is overwritten before it is read. */
static inline void tinyml_widen(int32_t *places, int32_t count)
{
    for (int32_t i = count - 1; i >= 0; --i) {
        places[2 * i] = places[i];
        places[2 * i + 1] = 0;
    }
}

/* Defines the kernel tinyml_reference_arg_extreme_<name> of values of `type`. */
#define TINYML_DEFINE_ARG_EXTREME(name, type)                                                                  \
    tinyml_arg_extreme_##name##_kernel tinyml_reference_arg_extreme_##name;                                    \
    void tinyml_reference_arg_extreme_##name(const tinyml_arg_extreme_params *params, const type *input,       \
                                             void *output, void *scratch)                                      \
    {                                                                                                          \
        int32_t *places = output;                                                                              \
                                                                                                               \
        (void)scratch;                                                                                         \
        if (params->largest) {                                                                                 \
            TINYML_FIND(params, input, places, >);                                                             \
        } else {                                                                                               \
            TINYML_FIND(params, input, places, <);                                                             \
        }                                                                                                      \
        if (params->output_words == 2) {                                                                       \
            tinyml_widen(output, params->outer_size * params->inner_size);                                     \
        }                                                                                                      \
    }

#endif

/* The shape that two shapes broadcast to. */
#ifndef TINYML_REFERENCE_BROADCAST_ARGS_H
#define TINYML_REFERENCE_BROADCAST_ARGS_H

#include "tinyml/broadcast_args.h"

/* Defines the kernel tinyml_reference_broadcast_args_<name> of lengths of `type`. */
#define TINYML_DEFINE_BROADCAST_ARGS(name, type)                                                             \
    tinyml_broadcast_args_##name##_kernel tinyml_reference_broadcast_args_##name;                            \
    void tinyml_reference_broadcast_args_##name(const tinyml_broadcast_args_##name##_params *params,         \
                                                const type *input_1, const type *input_2, type *output,      \
                                                void *scratch)                                               \
    {                                                                                                        \
        (void)scratch;                                                                                       \
        for (int32_t i = 1; i <= params->output_size; ++i) {                                                 \
            const type first = i <= params->input_1_size ? input_1[params->input_1_size - i] : 1;            \
            const type second = i <= params->input_2_size ? input_2[params->input_2_size - i] : 1;           \
            output[params->output_size - i] = first == 1 ? second : first;                                   \
        }                                                                                                    \
    }

#endif

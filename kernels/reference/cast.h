/* Values to the type that a parameter names. */
#ifndef TINYML_REFERENCE_CAST_H
#define TINYML_REFERENCE_CAST_H

#include <stdbool.h>

#include "tinyml/cast.h"

/* output[i] = (c_type)(through)input[i] for all values. */
#define TINYML_CAST_EACH(params, input, output, through, c_type)        \
    do {                                                                \
        c_type *const cast = (output);                                  \
        for (int32_t i = 0; i < (params)->size; ++i) {                  \
            cast[i] = (c_type)(through)(input)[i];                      \
        }                                                               \
    } while (0)

/* Integers are cut to their lowest bits; floats become an int32 first, which all cores round towards zero. */
#define TINYML_CAST(params, input, output)                              \
    do {                                                                \
        switch ((params)->output_type) {                                \
        case TINYML_TO_INT8:                                            \
            TINYML_CAST_EACH(params, input, output, int32_t, int8_t);   \
            break;                                                      \
        case TINYML_TO_INT16:                                           \
            TINYML_CAST_EACH(params, input, output, int32_t, int16_t);  \
            break;                                                      \
        case TINYML_TO_INT32:                                           \
            TINYML_CAST_EACH(params, input, output, int32_t, int32_t);  \
            break;                                                      \
        case TINYML_TO_BOOL:                                            \
            TINYML_CAST_EACH(params, input, output, bool, uint8_t);     \
            break;                                                      \
        default:                                                        \
            TINYML_CAST_EACH(params, input, output, float, float);      \
            break;                                                      \
        }                                                               \
    } while (0)

#endif

/* Integers to the type that a parameter names. */
#ifndef TINYML_REFERENCE_CAST_H
#define TINYML_REFERENCE_CAST_H

#include <stdbool.h>

#include "tinyml/cast.h"

/* output[i] = convert(input[i]) for all values; `convert` is a function or, in parentheses, a type. */
#define TINYML_CAST_EACH(params, input, output, convert, c_type)        \
    do {                                                                \
        c_type *const cast = (output);                                  \
        for (int32_t i = 0; i < (params)->size; ++i) {                  \
            cast[i] = (c_type)convert((input)[i]);                      \
        }                                                               \
    } while (0)

/* Integers are cut to their lowest bits. */
#define TINYML_CAST(params, input, output)                              \
    do {                                                                \
        switch ((params)->output_type) {                                \
        case TINYML_TO_INT8:                                            \
            TINYML_CAST_EACH(params, input, output, , int8_t);          \
            break;                                                      \
        case TINYML_TO_UINT8:                                           \
            TINYML_CAST_EACH(params, input, output, , uint8_t);         \
            break;                                                      \
        case TINYML_TO_INT16:                                           \
            TINYML_CAST_EACH(params, input, output, , int16_t);         \
            break;                                                      \
        case TINYML_TO_INT32:                                           \
            TINYML_CAST_EACH(params, input, output, , int32_t);         \
            break;                                                      \
        case TINYML_TO_UINT32:                                          \
            TINYML_CAST_EACH(params, input, output, , uint32_t);        \
            break;                                                      \
        case TINYML_TO_INT64:                                           \
            TINYML_CAST_EACH(params, input, output, , int64_t);         \
            break;                                                      \
        case TINYML_TO_BOOL:                                            \
            TINYML_CAST_EACH(params, input, output, (bool), uint8_t);   \
            break;                                                      \
        default:                                                        \
            TINYML_CAST_EACH(params, input, output, , float);           \
            break;                                                      \
        }                                                               \
    } while (0)

#endif

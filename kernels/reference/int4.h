/* Weights of 4 bits. */
#ifndef TINYML_REFERENCE_INT4_H
#define TINYML_REFERENCE_INT4_H

#include <stdint.h>

/* The weight at `index` of `pairs`, the first of a pair being in the low half of its byte. */
static inline int32_t tinyml_int4_at(const int8_t *pairs, int32_t index)
{
    const int32_t pair = pairs[index >> 1];

    return index & 1 ? pair >> 4 : (int8_t)(pair << 4) >> 4;
}

#endif

/* Copies and fills in units whose alignment is known: memcpy of the C library for small devices takes bytes.
 *
 * `output` and `input` are aligned to `unit` (1, 2 or 4), which divides `bytes`, and do not overlap. What is
 * returned is the place behind the output. */
#ifndef TINYML_REFERENCE_COPY_H
#define TINYML_REFERENCE_COPY_H

#include <stdint.h>

#define TINYML_DEFINE_COPIES(suffix, type)                                                                     \
    static inline void *tinyml_copy_##suffix(void *output, const void *input, int32_t bytes)                   \
    {                                                                                                          \
        const type *in = input;                                                                                \
        type *out = output;                                                                                    \
        for (int32_t left = bytes / (int32_t)sizeof(type); left > 0; --left) {                                 \
            *out++ = *in++;                                                                                    \
        }                                                                                                      \
        return out;                                                                                            \
    }                                                                                                          \
    static inline void *tinyml_fill_##suffix(void *output, type value, int32_t bytes)                          \
    {                                                                                                          \
        type *out = output;                                                                                    \
        for (int32_t left = bytes / (int32_t)sizeof(type); left > 0; --left) {                                 \
            *out++ = value;                                                                                    \
        }                                                                                                      \
        return out;                                                                                            \
    }

TINYML_DEFINE_COPIES(bytes, uint8_t)
TINYML_DEFINE_COPIES(halves, uint16_t)
TINYML_DEFINE_COPIES(words, uint32_t)

static inline void *tinyml_copy(void *output, const void *input, int32_t bytes, int32_t unit)
{
    if (unit == 4) {
        return tinyml_copy_words(output, input, bytes);
    }
    return unit == 2 ? tinyml_copy_halves(output, input, bytes) : tinyml_copy_bytes(output, input, bytes);
}

/* `value` is what each unit becomes, repeated to four bytes. */
static inline void *tinyml_fill(void *output, int32_t value, int32_t bytes, int32_t unit)
{
    if (unit == 4) {
        return tinyml_fill_words(output, (uint32_t)value, bytes);
    }
    return unit == 2 ? tinyml_fill_halves(output, (uint16_t)value, bytes)
                     : tinyml_fill_bytes(output, (uint8_t)value, bytes);
}

#endif

#include "tinyml/indexed_copy.h"

tinyml_indexed_copy_any_kernel tinyml_reference_indexed_copy_any;

/* Copies the rows of the innermost loop; returns the place behind them. */
typedef void *copy_rows(const tinyml_indexed_copy_any_params *params, const uint8_t *input, void *output);

#define DEFINE_COPY_ROWS(name, unit)                                                                           \
    static void *name(const tinyml_indexed_copy_any_params *params, const uint8_t *input, void *output)        \
    {                                                                                                          \
        const int32_t count = params->row_bytes / (int32_t)sizeof(unit);                                       \
        const int32_t *offset = params->offsets_3;                                                             \
        unit *out = output;                                                                                    \
        for (int32_t row = params->length_3; row > 0; --row) {                                                 \
            const unit *in = (const void *)(input + *offset++);                                                \
            for (int32_t left = count; left > 0; --left) {                                                     \
                *out++ = *in++;                                                                                \
            }                                                                                                  \
        }                                                                                                      \
        return out;                                                                                            \
    }

DEFINE_COPY_ROWS(copy_rows_of_bytes, uint8_t)
DEFINE_COPY_ROWS(copy_rows_of_halves, uint16_t)
DEFINE_COPY_ROWS(copy_rows_of_words, uint32_t)

void tinyml_reference_indexed_copy_any(const tinyml_indexed_copy_any_params *params, const void *input,
                                       void *output, void *scratch)
{
    const int32_t unit = params->element_bytes;
    copy_rows *const copy =
        unit == 4 ? copy_rows_of_words : unit == 2 ? copy_rows_of_halves : copy_rows_of_bytes;

    (void)scratch;
    for (int32_t i = 0; i < params->length_0; ++i) {
        const uint8_t *in_0 = (const uint8_t *)input + params->offsets_0[i];
        for (int32_t j = 0; j < params->length_1; ++j) {
            const uint8_t *in_1 = in_0 + params->offsets_1[j];
            for (int32_t k = 0; k < params->length_2; ++k) {
                output = copy(params, in_1 + params->offsets_2[k], output);
            }
        }
    }
}

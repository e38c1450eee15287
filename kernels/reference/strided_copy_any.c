#include "tinyml/strided_copy.h"

tinyml_strided_copy_any_kernel tinyml_reference_strided_copy_any;

/* Copies what the two innermost loops visit; returns the place behind it. */
typedef void *copy_plane(const tinyml_strided_copy_any_params *params, const uint8_t *input, void *output);

#define DEFINE_COPY_PLANE(name, unit)                                                                          \
    static void *name(const tinyml_strided_copy_any_params *params, const uint8_t *input, void *output)        \
    {                                                                                                          \
        const int32_t stride = params->stride_5;                                                               \
        unit *out = output;                                                                                    \
        for (int32_t row = 0; row < params->length_4; ++row) {                                                 \
            const uint8_t *in = input + row * params->stride_4;                                                \
            for (int32_t left = params->length_5; left > 0; --left) {                                          \
                *out++ = *(const unit *)(const void *)in;                                                      \
                in += stride;                                                                                  \
            }                                                                                                  \
        }                                                                                                      \
        return out;                                                                                            \
    }

DEFINE_COPY_PLANE(copy_bytes, uint8_t)
DEFINE_COPY_PLANE(copy_halves, uint16_t)
DEFINE_COPY_PLANE(copy_words, uint32_t)

void tinyml_reference_strided_copy_any(const tinyml_strided_copy_any_params *params, const void *input,
                                       void *output, void *scratch)
{
    const int32_t unit = params->element_bytes;
    copy_plane *const copy = unit == 4 ? copy_words : unit == 2 ? copy_halves : copy_bytes;
    const uint8_t *in_0 = (const uint8_t *)input + params->offset;

    (void)scratch;
    for (int32_t i = 0; i < params->length_0; ++i, in_0 += params->stride_0) {
        const uint8_t *in_1 = in_0;
        for (int32_t j = 0; j < params->length_1; ++j, in_1 += params->stride_1) {
            const uint8_t *in_2 = in_1;
            for (int32_t k = 0; k < params->length_2; ++k, in_2 += params->stride_2) {
                const uint8_t *in_3 = in_2;
                for (int32_t m = 0; m < params->length_3; ++m, in_3 += params->stride_3) {
                    output = copy(params, in_3, output);
                }
            }
        }
    }
}

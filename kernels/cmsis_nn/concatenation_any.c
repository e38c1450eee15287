#include "tinyml/concatenation.h"

#include "arm_nnfunctions.h"

tinyml_concatenation_any_kernel tinyml_cmsis_nn_concatenation_any;

/* CMSIS-NN counts in 16 bits: runs that are longer are copied piece by piece. */
void tinyml_cmsis_nn_concatenation_any(const tinyml_concatenation_any_params *params,
                                       const void *const *inputs, void *output, void *scratch)
{
    int8_t *out = output;

    (void)scratch;
    for (int32_t run = 0; run < params->run_count; ++run) {
        for (int32_t part = 0; part < params->part_count; ++part) {
            const int32_t bytes = params->run_bytes[part];
            const int8_t *in = (const int8_t *)inputs[part] + run * bytes;
            for (int32_t left = bytes; left > 0; left -= UINT16_MAX) {
                const uint16_t piece = left < UINT16_MAX ? (uint16_t)left : UINT16_MAX;
                arm_concatenation_s8_w(in, piece, 1, 1, 1, out, 0);
                in += piece;
                out += piece;
            }
        }
    }
}

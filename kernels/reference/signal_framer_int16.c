#include "tinyml/signal_framer.h"

tinyml_signal_framer_int16_kernel tinyml_reference_signal_framer_int16;

void tinyml_reference_signal_framer_int16(const tinyml_signal_framer_int16_params *params,
                                          const int16_t *input, int16_t *state, int16_t *output,
                                          uint8_t *valid, void *scratch)
{
    const int32_t kept = params->frame_size - params->frame_step;

    (void)scratch;
    for (int32_t row = 0; row < params->rows; ++row) {
        for (int32_t frame = 0; frame < params->frames; ++frame) {
            for (int32_t i = 0; i < params->frame_size; ++i) {
                output[i] = i < kept ? state[i] : *input++;
            }
            for (int32_t i = 0; i < kept; ++i) {
                state[i] = output[params->frame_step + i];
            }
            output += params->frame_size;
        }
        state += kept > 0 ? kept : 1;
    }
    *valid = 1;
}

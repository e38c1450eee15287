#include "tinyml/signal_stacker.h"

tinyml_signal_stacker_int16_kernel tinyml_reference_signal_stacker_int16;

void tinyml_reference_signal_stacker_int16(const tinyml_signal_stacker_int16_params *params,
                                           const int16_t *input, int16_t *state, int16_t *output,
                                           uint8_t *valid, void *scratch)
{
    const int32_t channels = params->channels;
    const int32_t kept = params->before * channels;
    const int has_some = state[kept] != 0;

    (void)scratch;
    for (int32_t i = 0; i < kept; ++i) {
        output[i] = has_some ? state[i] : input[i % channels];
    }
    for (int32_t i = 0; i < channels; ++i) {
        output[kept + i] = input[i];
    }
    for (int32_t i = 0; i < kept; ++i) {
        state[i] = output[channels + i];
    }
    state[kept] = 1;
    *valid = 1;
}

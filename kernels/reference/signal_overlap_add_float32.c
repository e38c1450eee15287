#include "tinyml/signal_overlap_add.h"

tinyml_signal_overlap_add_float32_kernel tinyml_reference_signal_overlap_add_float32;

void tinyml_reference_signal_overlap_add_float32(const tinyml_signal_overlap_add_float32_params *params,
                                                 const float *input, float *state, float *output, void *scratch)
{
    const int32_t size = params->frame_size;
    const int32_t step = params->frame_step;

    (void)scratch;
    for (int32_t row = 0; row < params->rows; ++row) {
        for (int32_t frame = 0; frame < params->frames; ++frame) {
            for (int32_t i = 0; i < size; ++i) {
                state[i] = state[i] + *input++;
            }
            for (int32_t i = 0; i < step; ++i) {
                *output++ = state[i];
            }
            for (int32_t i = 0; i < size; ++i) {
                state[i] = i + step < size ? state[i + step] : 0;
            }
        }
        state += size;
    }
}

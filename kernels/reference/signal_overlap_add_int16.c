#include "tinyml/signal_overlap_add.h"
#include "tinyml/fixed_point.h"

tinyml_signal_overlap_add_int16_kernel tinyml_reference_signal_overlap_add_int16;

void tinyml_reference_signal_overlap_add_int16(const tinyml_signal_overlap_add_int16_params *params,
                                               const int16_t *input, int16_t *state, int16_t *output, void *scratch)
{
    const int32_t size = params->frame_size;
    const int32_t step = params->frame_step;

    (void)scratch;
    for (int32_t row = 0; row < params->rows; ++row) {
        for (int32_t frame = 0; frame < params->frames; ++frame) {
            for (int32_t i = 0; i < size; ++i) {
                state[i] = (int16_t)tinyml_clamp(state[i] + *input++, INT16_MIN, INT16_MAX);
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

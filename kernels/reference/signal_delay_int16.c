#include "tinyml/signal_delay.h"

tinyml_signal_delay_int16_kernel tinyml_reference_signal_delay_int16;

void tinyml_reference_signal_delay_int16(const tinyml_signal_delay_int16_params *params, const int16_t *input,
                                         int16_t *state, int16_t *output, void *scratch)
{
    const int32_t size = params->row_size;
    const int32_t delay = params->delay_length;

    (void)scratch;
    for (int32_t row = 0; row < params->rows; ++row) {
        for (int32_t i = 0; i < size; ++i) {
            output[i] = i < delay ? state[i] : input[i - delay];
        }
        for (int32_t i = 0; i < delay; ++i) {
            state[i] = i + size < delay ? state[i + size] : input[i + size - delay];
        }
        input += size;
        output += size;
        state += delay > 0 ? delay : 1;
    }
}

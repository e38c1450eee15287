#include "tinyml/lstm_cell.h"
#include "tinyml/unidirectional_sequence_lstm.h"

#include <string.h>

tinyml_unidirectional_sequence_lstm_int8_kernel tinyml_reference_unidirectional_sequence_lstm_int8;

static int32_t product(const int8_t *values, const int8_t *weights, int32_t size, int32_t bias,
                       int32_t multiplier, int32_t shift)
{
    for (int32_t i = 0; i < size; ++i) {
        bias += values[i] * weights[i];
    }
    return tinyml_saturate_int16(tinyml_requantize(bias, multiplier, shift));
}

void tinyml_reference_unidirectional_sequence_lstm_int8(
    const tinyml_unidirectional_sequence_lstm_int8_params *params, const int8_t *input,
    const int8_t *input_to_input, const int8_t *input_to_forget, const int8_t *input_to_cell,
    const int8_t *input_to_output, const int8_t *recurrent_to_input, const int8_t *recurrent_to_forget,
    const int8_t *recurrent_to_cell, const int8_t *recurrent_to_output, int8_t *hidden, int16_t *cell,
    int8_t *output, void *scratch)
{
    const int32_t inputs = params->input_size;
    const int32_t cells = params->cells;
    const tinyml_lstm_rule rule = TINYML_LSTM_RULE(params);
    const int8_t *const weights[] = {input_to_input, input_to_forget, input_to_cell, input_to_output};
    const int8_t *const recurrent[] = {recurrent_to_input, recurrent_to_forget, recurrent_to_cell,
                                       recurrent_to_output};

    (void)scratch;
    for (int32_t step = 0; step < params->steps; ++step, input += inputs, output += cells) {
        for (int32_t i = 0; i < cells; ++i) {
            int16_t gates[TINYML_LSTM_GATES];

            for (int32_t g = 0; g < TINYML_LSTM_GATES; ++g) {
                const int32_t fresh =
                    product(input, weights[g] + i * inputs, inputs, params->input_bias[g * cells + i],
                            params->input_multiplier[g], params->input_shift[g]);
                const int32_t kept =
                    product(hidden, recurrent[g] + i * cells, cells, params->recurrent_bias[g * cells + i],
                            params->recurrent_multiplier[g], params->recurrent_shift[g]);

                gates[g] = tinyml_saturate_int16(fresh + kept);
            }
            const int32_t value = tinyml_lstm_cell(&rule, gates, &cell[i]) + params->hidden_offset;

            output[i] = (int8_t)tinyml_clamp(value, INT8_MIN, INT8_MAX);
        }
        memcpy(hidden, output, (uint32_t)cells);
    }
}

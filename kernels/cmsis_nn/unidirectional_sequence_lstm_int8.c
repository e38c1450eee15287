#include "tinyml/lstm_cell.h"
#include "tinyml/unidirectional_sequence_lstm.h"

#include <string.h>

#include "arm_nnsupportfunctions.h"

tinyml_unidirectional_sequence_lstm_int8_kernel tinyml_cmsis_nn_unidirectional_sequence_lstm_int8;

void tinyml_cmsis_nn_unidirectional_sequence_lstm_int8(
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
    int16_t *const fresh = scratch; /* [gates][cells], as what follows */
    int16_t *const kept = fresh + TINYML_LSTM_GATES * cells;

    for (int32_t step = 0; step < params->steps; ++step, input += inputs, output += cells) {
        /* The function adds to what it finds. */
        memset(scratch, 0, 2 * TINYML_LSTM_GATES * (uint32_t)cells * sizeof(int16_t));
        for (int32_t g = 0; g < TINYML_LSTM_GATES; ++g) {
            arm_nn_vec_mat_mul_result_acc_s8(input, weights[g], params->input_bias + g * cells, fresh + g * cells, 0,
                                             params->input_multiplier[g], params->input_shift[g], inputs, cells, 1);
            arm_nn_vec_mat_mul_result_acc_s8(hidden, recurrent[g], params->recurrent_bias + g * cells,
                                             kept + g * cells, 0, params->recurrent_multiplier[g],
                                             params->recurrent_shift[g], cells, cells, 1);
        }
        for (int32_t i = 0; i < cells; ++i) {
            const int32_t value = tinyml_lstm_cell_of(&rule, fresh + i, kept + i, cells, &cell[i]);

            hidden[i] = (int8_t)tinyml_clamp(value + params->hidden_offset, INT8_MIN, INT8_MAX);
        }
        memcpy(output, hidden, (uint32_t)cells);
    }
}

#include "tinyml/lstm_cell.h"
#include "tinyml/unidirectional_sequence_lstm.h"

#include <string.h>

#include "arm_nnsupportfunctions.h"

tinyml_unidirectional_sequence_lstm_int16_kernel tinyml_cmsis_nn_unidirectional_sequence_lstm_int16;

void tinyml_cmsis_nn_unidirectional_sequence_lstm_int16(
    const tinyml_unidirectional_sequence_lstm_int16_params *params, const int16_t *input,
    const int8_t *input_to_input, const int8_t *input_to_forget, const int8_t *input_to_cell,
    const int8_t *input_to_output, const int8_t *recurrent_to_input, const int8_t *recurrent_to_forget,
    const int8_t *recurrent_to_cell, const int8_t *recurrent_to_output, const int64_t *input_bias,
    const int64_t *forget_bias, const int64_t *cell_bias, const int64_t *output_bias, int16_t *hidden,
    int16_t *cell, int16_t *output, void *scratch)
{
    const int32_t inputs = params->input_size;
    const int32_t cells = params->cells;
    const tinyml_lstm_rule rule = TINYML_LSTM_RULE(params);
    const int8_t *const weights[] = {input_to_input, input_to_forget, input_to_cell, input_to_output};
    const int8_t *const recurrent[] = {recurrent_to_input, recurrent_to_forget, recurrent_to_cell,
                                       recurrent_to_output};
    const int64_t *const biases[] = {input_bias, forget_bias, cell_bias, output_bias};
    int16_t *const fresh = scratch; /* [gates][cells], as what follows */
    int16_t *const kept = fresh + TINYML_LSTM_GATES * cells;

    for (int32_t step = 0; step < params->steps; ++step, input += inputs, output += cells) {
        for (int32_t g = 0; g < TINYML_LSTM_GATES; ++g) {
            arm_nn_vec_mat_mult_t_s16(input, weights[g], biases[g], fresh + g * cells,
                                      REDUCE_MULTIPLIER(params->input_multiplier[g]), params->input_shift[g], inputs,
                                      cells, INT16_MIN, INT16_MAX);
            arm_nn_vec_mat_mult_t_s16(hidden, recurrent[g], NULL, kept + g * cells,
                                      REDUCE_MULTIPLIER(params->recurrent_multiplier[g]), params->recurrent_shift[g],
                                      cells, cells, INT16_MIN, INT16_MAX);
        }
        for (int32_t i = 0; i < cells; ++i) {
            hidden[i] = tinyml_saturate_int16(tinyml_lstm_cell_of(&rule, fresh + i, kept + i, cells, &cell[i]));
        }
        memcpy(output, hidden, (uint32_t)cells * sizeof(*output));
    }
}

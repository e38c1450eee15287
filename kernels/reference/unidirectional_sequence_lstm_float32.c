#include "sigmoid.h"
#include "tinyml/unidirectional_sequence_lstm.h"

#include <math.h>
#include <string.h>

tinyml_unidirectional_sequence_lstm_float32_kernel tinyml_reference_unidirectional_sequence_lstm_float32;

static float dot(const float *a, const float *b, int32_t size)
{
    float sum = 0.0f;

    for (int32_t i = 0; i < size; ++i) {
        sum += a[i] * b[i];
    }
    return sum;
}

static float clipped(float value, float limit)
{
    const float below = value < limit ? value : limit;

    return limit > 0.0f ? (below > -limit ? below : -limit) : value;
}

void tinyml_reference_unidirectional_sequence_lstm_float32(
    const tinyml_unidirectional_sequence_lstm_float32_params *params, const float *input,
    const float *input_to_input, const float *input_to_forget, const float *input_to_cell,
    const float *input_to_output, const float *recurrent_to_input, const float *recurrent_to_forget,
    const float *recurrent_to_cell, const float *recurrent_to_output, const float *input_bias,
    const float *forget_bias, const float *cell_bias, const float *output_bias, float *hidden, float *cell,
    float *output, void *scratch)
{
    const int32_t inputs = params->input_size;
    const int32_t cells = params->cells;
    const float *const weights[] = {input_to_input, input_to_forget, input_to_cell, input_to_output};
    const float *const recurrent[] = {recurrent_to_input, recurrent_to_forget, recurrent_to_cell,
                                      recurrent_to_output};
    const float *const biases[] = {input_bias, forget_bias, cell_bias, output_bias};

    (void)scratch;
    for (int32_t step = 0; step < params->steps; ++step, input += inputs, output += cells) {
        for (int32_t i = 0; i < cells; ++i) {
            float gates[4];

            for (int32_t gate = 0; gate < 4; ++gate) {
                const float fresh = dot(input, weights[gate] + i * inputs, inputs) + biases[gate][i];

                gates[gate] = fresh + dot(hidden, recurrent[gate] + i * cells, cells);
            }
            const float kept = tinyml_sigmoid(gates[1]) * cell[i];
            const float added = tinyml_sigmoid(gates[0]) * tanhf(gates[2]);

            cell[i] = clipped(kept + added, params->cell_clip);
            output[i] = tanhf(cell[i]) * tinyml_sigmoid(gates[3]);
        }
        memcpy(hidden, output, (uint32_t)cells * sizeof(*hidden));
    }
}

/*
 * UNIDIRECTIONAL_SEQUENCE_LSTM: gate = f(input * input_weights + hidden * recurrent_weights + bias) for four gates,
 * cell = forget * cell + input * candidate, hidden = output * tanh(cell), for each step in turn.
 */
#ifndef TINYML_UNIDIRECTIONAL_SEQUENCE_LSTM_H
#define TINYML_UNIDIRECTIONAL_SEQUENCE_LSTM_H

#include <stdint.h>

/* Parameters of the float32 kernels. */
typedef struct {
    int32_t steps;
    int32_t input_size;
    int32_t cells;
    float cell_clip; /* largest magnitude of a cell, 0 for any */
} tinyml_unidirectional_sequence_lstm_float32_params;

/*
 * input                in      float[steps][input_size]
 * input_to_...         in      float[cells][input_size], for the gates in the order of the arguments
 * recurrent_to_...     in      float[cells][cells]
 * ..._bias             in      float[cells]
 * hidden, cell         in, out float[cells], what is remembered
 * output               out     float[steps][cells]
 * scratch                      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_unidirectional_sequence_lstm_float32_kernel(
    const tinyml_unidirectional_sequence_lstm_float32_params *params, const float *input,
    const float *input_to_input, const float *input_to_forget, const float *input_to_cell,
    const float *input_to_output, const float *recurrent_to_input, const float *recurrent_to_forget,
    const float *recurrent_to_cell, const float *recurrent_to_output, const float *input_bias,
    const float *forget_bias, const float *cell_bias, const float *output_bias, float *hidden, float *cell,
    float *output, void *scratch);

#endif

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

/*
 * Parameters of the int8 kernels. Sums of a gate are in Q3.12: one over the input, one over what was put out before,
 * each limited to 16 bits. Arrays of 4 are for the gates in the order of the arguments.
 */
typedef struct {
    int32_t steps;
    int32_t input_size;
    int32_t cells;
    int32_t cell_fraction_bits;          /* the cell's scale is 2^-this, [-2, 30] */
    int32_t cell_min;                    /* what cells are limited to */
    int32_t cell_max;
    int32_t hidden_multiplier;           /* 2^-30 / scale of the output, in Q0.31 ... */
    int32_t hidden_shift;                /* ... and its power of two, positive to the left */
    const int32_t *input_multiplier;     /* [4]: input scale * weight scale * 2^12 ... */
    const int32_t *input_shift;          /* [4] */
    const int32_t *recurrent_multiplier; /* [4]: the same of the output's scale */
    const int32_t *recurrent_shift;      /* [4] */
    const uint16_t *table;               /* [256]: 1 / (1 + exp(-i / 24)) in Q0.16 */
    int32_t hidden_offset;               /* zero point of the output */
    const int32_t *input_bias;           /* [4][cells]: bias - zero point of the input * sum of the weights */
    const int32_t *recurrent_bias;       /* [4][cells]: the same of the output, without a bias */
} tinyml_unidirectional_sequence_lstm_int8_params;

/*
 * input                in      int8[steps][input_size]
 * input_to_...         in      int8[cells][input_size], zero point 0
 * recurrent_to_...     in      int8[cells][cells], zero point 0
 * hidden               in, out int8[cells], quantized as the output is
 * cell                 in, out int16[cells], zero point 0
 * output               out     int8[steps][cells]
 * scratch                      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_unidirectional_sequence_lstm_int8_kernel(
    const tinyml_unidirectional_sequence_lstm_int8_params *params, const int8_t *input,
    const int8_t *input_to_input, const int8_t *input_to_forget, const int8_t *input_to_cell,
    const int8_t *input_to_output, const int8_t *recurrent_to_input, const int8_t *recurrent_to_forget,
    const int8_t *recurrent_to_cell, const int8_t *recurrent_to_output, int8_t *hidden, int16_t *cell,
    int8_t *output, void *scratch);

/* Parameters of the int16 kernels: those above, without zero points. */
typedef struct {
    int32_t steps;
    int32_t input_size;
    int32_t cells;
    int32_t cell_fraction_bits;
    int32_t cell_min;
    int32_t cell_max;
    int32_t hidden_multiplier;
    int32_t hidden_shift;
    const int32_t *input_multiplier; /* sums have 64 bits, as those of FULLY_CONNECTED of int16 */
    const int32_t *input_shift;
    const int32_t *recurrent_multiplier;
    const int32_t *recurrent_shift;
    const uint16_t *table;
} tinyml_unidirectional_sequence_lstm_int16_params;

/* Tensors as above, with input, hidden and output of int16, and ..._bias in int64[cells]. */
typedef void tinyml_unidirectional_sequence_lstm_int16_kernel(
    const tinyml_unidirectional_sequence_lstm_int16_params *params, const int16_t *input,
    const int8_t *input_to_input, const int8_t *input_to_forget, const int8_t *input_to_cell,
    const int8_t *input_to_output, const int8_t *recurrent_to_input, const int8_t *recurrent_to_forget,
    const int8_t *recurrent_to_cell, const int8_t *recurrent_to_output, const int64_t *input_bias,
    const int64_t *forget_bias, const int64_t *cell_bias, const int64_t *output_bias, int16_t *hidden,
    int16_t *cell, int16_t *output, void *scratch);

#endif

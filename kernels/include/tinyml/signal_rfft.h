/* SIGNAL_RFFT: spectra of rows of real numbers. */
#ifndef TINYML_SIGNAL_RFFT_H
#define TINYML_SIGNAL_RFFT_H

#include <stdint.h>

/* Parameters of the int16 kernels. */
typedef struct {
    int32_t rows;
    int32_t input_size; /* at most fft_length; zeros follow */
    int32_t fft_length; /* a power of two, from 4 on */
    const int16_t *factors; /* [fft_length], of the stages: real and imaginary in turn */
    const int16_t *separating; /* [fft_length / 2], of the step between real and complex numbers */
} tinyml_signal_rfft_int16_params;

/*
 * input    in   int16[rows][input_size]
 * output   out  int16[rows][fft_length + 2], real and imaginary in turn
 * scratch       as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_signal_rfft_int16_kernel(const tinyml_signal_rfft_int16_params *params, const int16_t *input,
                                             int16_t *output, void *scratch);

/* Parameters of the int32 kernels. */
typedef struct {
    int32_t rows;
    int32_t input_size; /* at most fft_length; zeros follow */
    int32_t fft_length; /* a power of two, from 4 on */
    const int32_t *factors; /* [fft_length], of the stages: real and imaginary in turn */
    const int32_t *separating; /* [fft_length / 2], of the step between real and complex numbers */
} tinyml_signal_rfft_int32_params;

/* Tensors as above, in 32 bits. */
typedef void tinyml_signal_rfft_int32_kernel(const tinyml_signal_rfft_int32_params *params, const int32_t *input,
                                             int32_t *output, void *scratch);

/* Parameters of the float32 kernels. */
typedef struct {
    int32_t rows;
    int32_t input_size; /* at most fft_length; zeros follow */
    int32_t fft_length; /* a power of two, from 4 on */
    const float *factors; /* [fft_length], of the stages: real and imaginary in turn */
    const float *separating; /* [fft_length / 2], of the step between real and complex numbers */
} tinyml_signal_rfft_float32_params;

/* Tensors as above, in float. */
typedef void tinyml_signal_rfft_float32_kernel(const tinyml_signal_rfft_float32_params *params, const float *input,
                                               float *output, void *scratch);

#endif

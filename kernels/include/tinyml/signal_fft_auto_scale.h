/* SIGNAL_FFT_AUTO_SCALE: values shifted to the left as far as 16 bits hold them all. */
#ifndef TINYML_SIGNAL_FFT_AUTO_SCALE_H
#define TINYML_SIGNAL_FFT_AUTO_SCALE_H

#include <stdint.h>

/* Parameters of the int16 kernels. */
typedef struct {
    int32_t size;
} tinyml_signal_fft_auto_scale_int16_params;

/*
 * input       in   int16[size]
 * output      out  int16[size]
 * scale_bits  out  int32, by how many bits the values are shifted
 * scratch          as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_signal_fft_auto_scale_int16_kernel(
    const tinyml_signal_fft_auto_scale_int16_params *params, const int16_t *input, int16_t *output,
    int32_t *scale_bits, void *scratch);

#endif

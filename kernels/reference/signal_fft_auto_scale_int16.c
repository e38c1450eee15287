#include "tinyml/signal_fft_auto_scale.h"

tinyml_signal_fft_auto_scale_int16_kernel tinyml_reference_signal_fft_auto_scale_int16;

void tinyml_reference_signal_fft_auto_scale_int16(const tinyml_signal_fft_auto_scale_int16_params *params,
                                                  const int16_t *input, int16_t *output, int32_t *scale_bits,
                                                  void *scratch)
{
    int16_t largest = 0;
    int32_t bits = 0;

    (void)scratch;
    /* The absolute value of INT16_MIN wraps, as in TensorFlow Lite Micro: later values may take its place. */
    for (int32_t i = 0; i < params->size; ++i) {
        if (input[i] > largest) {
            largest = input[i];
        } else if (-input[i] > largest) {
            largest = (int16_t)-input[i];
        }
    }
    while (largest > 0 && largest << bits <= INT16_MAX >> 1) {
        ++bits;
    }
    for (int32_t i = 0; i < params->size; ++i) {
        output[i] = (int16_t)(input[i] * (1 << bits));
    }
    *scale_bits = bits;
}

/* SIGNAL_PCAN: energies with a gain that follows from the estimate of their noise. */
#ifndef TINYML_SIGNAL_PCAN_H
#define TINYML_SIGNAL_PCAN_H

#include <stdint.h>

/* Parameters of the uint32 kernels. */
typedef struct {
    int32_t channels;
    int32_t snr_shift; /* to the right, of energies times gains, [0, 63] */
} tinyml_signal_pcan_uint32_params;

/*
 * input           in   uint32[channels]
 * noise_estimate  in   uint32[channels]
 * gains           in   int16[125]: those of the estimates 0, 1 and 2, then for each power of two from 2 on the
 *                      coefficients of a parabola, and a value that is not used
 * output          out  uint32[channels]
 * scratch              as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_signal_pcan_uint32_kernel(const tinyml_signal_pcan_uint32_params *params,
                                              const uint32_t *input, const uint32_t *noise_estimate,
                                              const int16_t *gains, uint32_t *output, void *scratch);

#endif

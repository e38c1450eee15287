/* SIGNAL_FILTER_BANK_SPECTRAL_SUBTRACTION: energies without an estimate of their noise. */
#ifndef TINYML_SIGNAL_FILTER_BANK_SPECTRAL_SUBTRACTION_H
#define TINYML_SIGNAL_FILTER_BANK_SPECTRAL_SUBTRACTION_H

#include <stdint.h>

/* Parameters of the uint32 kernels. */
typedef struct {
    int32_t channels;
    int32_t smoothing;                     /* share of the input in the estimate ... */
    int32_t one_minus_smoothing;           /* ... and of the estimate before */
    int32_t alternate_smoothing;           /* the same in odd channels */
    int32_t alternate_one_minus_smoothing;
    int32_t smoothing_bits;                /* bits of fraction of the estimate, [0, 31] */
    int32_t min_signal_remaining;          /* share of the input that is left at least */
    int32_t spectral_subtraction_bits;     /* bits of fraction of all shares, [0, 31] */
    int32_t clamping;                      /* 1: an estimate is at most the input */
} tinyml_signal_filter_bank_spectral_subtraction_uint32_params;

/*
 * input           in      uint32[channels]
 * state           in, out uint32[channels], the estimate
 * output          out     uint32[channels]
 * noise_estimate  out     uint32[channels], a copy of the state
 * scratch                 as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_signal_filter_bank_spectral_subtraction_uint32_kernel(
    const tinyml_signal_filter_bank_spectral_subtraction_uint32_params *params, const uint32_t *input,
    uint32_t *state, uint32_t *output, uint32_t *noise_estimate, void *scratch);

#endif

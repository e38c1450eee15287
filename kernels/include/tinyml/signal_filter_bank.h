/* SIGNAL_FILTER_BANK: sums of energies in overlapping channels. */
#ifndef TINYML_SIGNAL_FILTER_BANK_H
#define TINYML_SIGNAL_FILTER_BANK_H

#include <stdint.h>

/* Parameters of the uint32 kernels. */
typedef struct {
    int32_t channels;
    int32_t weight_count;
} tinyml_signal_filter_bank_uint32_params;

/*
 * input             in   uint32[], energies by frequency
 * weights           in   int16[weight_count], shares of a frequency in its channel
 * unweights         in   int16[weight_count], and in the next channel
 * frequency_starts  in   int16[channels + 1], the first frequency of each channel
 * weight_starts     in   int16[channels + 1], and its first weight
 * widths            in   int16[channels + 1], and its number of frequencies
 * output            out  uint64[channels], of all channels but the first
 * scratch                as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_signal_filter_bank_uint32_kernel(const tinyml_signal_filter_bank_uint32_params *params,
                                                     const uint32_t *input, const int16_t *weights,
                                                     const int16_t *unweights,
                                                     const int16_t *frequency_starts,
                                                     const int16_t *weight_starts, const int16_t *widths,
                                                     uint64_t *output, void *scratch);

#endif

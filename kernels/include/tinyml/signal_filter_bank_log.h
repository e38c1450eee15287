/* SIGNAL_FILTER_BANK_LOG: logarithms of energies. */
#ifndef TINYML_SIGNAL_FILTER_BANK_LOG_H
#define TINYML_SIGNAL_FILTER_BANK_LOG_H

#include <stdint.h>

/* Parameters of the uint32 kernels. */
typedef struct {
    int32_t size;
    int32_t input_correction_bits; /* by how many bits the input is shifted to the left, [0, 31] */
    int32_t output_scale;
    const uint16_t *corrections; /* [129], log2(1 + i / 128) - i / 128 in Q0.16 */
} tinyml_signal_filter_bank_log_uint32_params;

/*
 * input    in   uint32[size]
 * output   out  int16[size]
 * scratch       as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_signal_filter_bank_log_uint32_kernel(
    const tinyml_signal_filter_bank_log_uint32_params *params, const uint32_t *input, int16_t *output,
    void *scratch);

#endif

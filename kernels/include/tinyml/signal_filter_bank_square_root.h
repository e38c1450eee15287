/* SIGNAL_FILTER_BANK_SQUARE_ROOT: roots of the sums of a filter bank. */
#ifndef TINYML_SIGNAL_FILTER_BANK_SQUARE_ROOT_H
#define TINYML_SIGNAL_FILTER_BANK_SQUARE_ROOT_H

#include <stdint.h>

/* Parameters of the uint64 kernels. */
typedef struct {
    int32_t size;
} tinyml_signal_filter_bank_square_root_uint64_params;

/*
 * input       in   uint64[size]
 * scale_bits  in   int32, by how many bits roots are shifted to the right; its lowest 5 bits count
 * output      out  uint32[size], roots are rounded to nearest before
 * scratch          as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_signal_filter_bank_square_root_uint64_kernel(
    const tinyml_signal_filter_bank_square_root_uint64_params *params, const uint64_t *input,
    const int32_t *scale_bits, uint32_t *output, void *scratch);

#endif

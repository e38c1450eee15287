/* SIGNAL_ENERGY: squares of the absolute values of a spectrum. */
#ifndef TINYML_SIGNAL_ENERGY_H
#define TINYML_SIGNAL_ENERGY_H

#include <stdint.h>

/* Parameters of the int16 kernels. */
typedef struct {
    int32_t size;
    int32_t start_index; /* first frequency with a value ... */
    int32_t end_index;   /* ... and the first one behind; others are 0 */
} tinyml_signal_energy_int16_params;

/*
 * input    in   int16[size][2], real and imaginary
 * output   out  uint32[size]
 * scratch       as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_signal_energy_int16_kernel(const tinyml_signal_energy_int16_params *params,
                                               const int16_t *input, uint32_t *output, void *scratch);

#endif

/* SIGNAL_DELAY: samples of a number of steps before. */
#ifndef TINYML_SIGNAL_DELAY_H
#define TINYML_SIGNAL_DELAY_H

#include <stdint.h>

/* Parameters of the int16 kernels. */
typedef struct {
    int32_t rows;
    int32_t row_size;
    int32_t delay_length; /* >= 0 */
} tinyml_signal_delay_int16_params;

/*
 * input    in      int16[rows][row_size]
 * state    in, out int16[rows][delay_length], the samples that come next; at least one value a row
 * output   out     int16[rows][row_size]
 * scratch          as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_signal_delay_int16_kernel(const tinyml_signal_delay_int16_params *params,
                                              const int16_t *input, int16_t *state, int16_t *output,
                                              void *scratch);

#endif

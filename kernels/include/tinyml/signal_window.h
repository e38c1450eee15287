/* SIGNAL_WINDOW: samples times a window, scaled by a power of two. */
#ifndef TINYML_SIGNAL_WINDOW_H
#define TINYML_SIGNAL_WINDOW_H

#include <stdint.h>

/* Parameters of the int16 kernels. */
typedef struct {
    int32_t rows;
    int32_t row_size;
    int32_t shift; /* to the right, [0, 31] */
} tinyml_signal_window_int16_params;

/*
 * input    in   int16[rows][row_size]
 * weights  in   int16[row_size]
 * output   out  int16[rows][row_size]
 * scratch       as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_signal_window_int16_kernel(const tinyml_signal_window_int16_params *params,
                                               const int16_t *input, const int16_t *weights, int16_t *output,
                                               void *scratch);

#endif

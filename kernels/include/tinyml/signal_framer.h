/* SIGNAL_FRAMER: overlapping frames of samples. */
#ifndef TINYML_SIGNAL_FRAMER_H
#define TINYML_SIGNAL_FRAMER_H

#include <stdint.h>

/* Parameters of the int16 kernels. */
typedef struct {
    int32_t rows;
    int32_t frames;     /* of each row */
    int32_t frame_size;
    int32_t frame_step; /* samples from one frame to the next, [1, frame_size] */
} tinyml_signal_framer_int16_params;

/*
 * input    in      int16[rows][frames * frame_step]
 * state    in, out int16[rows][frame_size - frame_step], what the next frame begins with; at least one value
 * output   out     int16[rows][frames][frame_size]
 * valid    out     uint8, 1
 * scratch          as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_signal_framer_int16_kernel(const tinyml_signal_framer_int16_params *params,
                                               const int16_t *input, int16_t *state, int16_t *output,
                                               uint8_t *valid, void *scratch);

#endif

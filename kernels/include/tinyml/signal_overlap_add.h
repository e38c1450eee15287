/* SIGNAL_OVERLAP_ADD: samples as sums of overlapping frames. */
#ifndef TINYML_SIGNAL_OVERLAP_ADD_H
#define TINYML_SIGNAL_OVERLAP_ADD_H

#include <stdint.h>

/* Parameters of the int16 kernels. */
typedef struct {
    int32_t rows;
    int32_t frames; /* of each row */
    int32_t frame_size;
    int32_t frame_step; /* samples from one frame to the next, [1, frame_size] */
} tinyml_signal_overlap_add_int16_params;

/*
 * input    in      int16[rows][frames][frame_size]
 * state    in, out int16[rows][frame_size], sums that later frames add to
 * output   out     int16[rows][frames * frame_step]
 * scratch          as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_signal_overlap_add_int16_kernel(const tinyml_signal_overlap_add_int16_params *params,
                                                    const int16_t *input, int16_t *state, int16_t *output,
                                                    void *scratch);

/* Parameters of the float32 kernels, the same. */
typedef tinyml_signal_overlap_add_int16_params tinyml_signal_overlap_add_float32_params;

/* Tensors as above, in float. */
typedef void tinyml_signal_overlap_add_float32_kernel(const tinyml_signal_overlap_add_float32_params *params,
                                                      const float *input, float *state, float *output,
                                                      void *scratch);

#endif

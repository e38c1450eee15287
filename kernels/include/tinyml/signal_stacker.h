/* SIGNAL_STACKER: features of this inference behind those of inferences before. */
#ifndef TINYML_SIGNAL_STACKER_H
#define TINYML_SIGNAL_STACKER_H

#include <stdint.h>

/* Parameters of the int16 kernels. */
typedef struct {
    int32_t channels;
    int32_t before; /* inferences before that count, >= 0 */
} tinyml_signal_stacker_int16_params;

/*
 * input    in      int16[channels]
 * state    in, out int16[before * channels + 1], features before, the oldest first, and 1 once there are some
 * output   out     int16[before + 1][channels]; the first features count as those before
 * valid    out     uint8, 1
 * scratch          as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_signal_stacker_int16_kernel(const tinyml_signal_stacker_int16_params *params,
                                                const int16_t *input, int16_t *state, int16_t *output,
                                                uint8_t *valid, void *scratch);

#endif

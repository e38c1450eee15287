/* HARD_SWISH: x * min(max(x + 3, 0), 6) / 6 of each value. */
#ifndef TINYML_HARD_SWISH_H
#define TINYML_HARD_SWISH_H

#include <stdint.h>

/* Parameters of the float32 kernels. */
typedef struct {
    int32_t size;
} tinyml_hard_swish_float32_params;

/*
 * input   in   float[size]
 * output  out  float[size]
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_hard_swish_float32_kernel(const tinyml_hard_swish_float32_params *params,
                                              const float *input, float *output, void *scratch);

#endif

/* RELU_N1_TO_1: each value, limited to [-1, 1]. */
#ifndef TINYML_RELU_N1_TO_1_H
#define TINYML_RELU_N1_TO_1_H

#include <stdint.h>

/* Parameters of the float32 kernels. */
typedef struct {
    int32_t size;
} tinyml_relu_n1_to_1_float32_params;

/*
 * input   in   float[size]
 * output  out  float[size]
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_relu_n1_to_1_float32_kernel(const tinyml_relu_n1_to_1_float32_params *params,
                                                const float *input, float *output, void *scratch);

#endif

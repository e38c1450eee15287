/* LEAKY_RELU: each value, or alpha * x where it is not above 0. */
#ifndef TINYML_LEAKY_RELU_H
#define TINYML_LEAKY_RELU_H

#include <stdint.h>

/* Parameters of the float32 kernels. */
typedef struct {
    int32_t size;
    float alpha;
} tinyml_leaky_relu_float32_params;

/*
 * input   in   float[size]
 * output  out  float[size]
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_leaky_relu_float32_kernel(const tinyml_leaky_relu_float32_params *params,
                                              const float *input, float *output, void *scratch);

#endif

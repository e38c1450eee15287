/* ELU: each value, or exp(x) - 1 where it is negative. */
#ifndef TINYML_ELU_H
#define TINYML_ELU_H

#include <stdint.h>

/* Parameters of the float32 kernels. */
typedef struct {
    int32_t size;
} tinyml_elu_float32_params;

/*
 * input   in   float[size]
 * output  out  float[size]
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_elu_float32_kernel(const tinyml_elu_float32_params *params, const float *input,
                                       float *output, void *scratch);

#endif

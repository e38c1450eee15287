/* SIGN: -1, 0 or 1. */
#ifndef TINYML_SIGN_H
#define TINYML_SIGN_H

#include <stdint.h>

/* Parameters of the int32 kernels. */
typedef struct {
    int32_t size;
} tinyml_sign_int32_params;

/*
 * input   in   int32[size]
 * output  out  int32[size]
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_sign_int32_kernel(const tinyml_sign_int32_params *params, const int32_t *input,
                                      int32_t *output, void *scratch);

/* Parameters of the float32 kernels, the same. */
typedef tinyml_sign_int32_params tinyml_sign_float32_params;

/* Tensors as above, in float; 0 for NaN and for zeros of both signs. */
typedef void tinyml_sign_float32_kernel(const tinyml_sign_float32_params *params, const float *input,
                                        float *output, void *scratch);

#endif

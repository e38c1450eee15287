/* RSQRT: 1 / square root of each value. */
#ifndef TINYML_RSQRT_H
#define TINYML_RSQRT_H

#include <stdint.h>

/* Parameters of the float32 kernels. */
typedef struct {
    int32_t size;
} tinyml_rsqrt_float32_params;

/*
 * input   in   float[size]
 * output  out  float[size]
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_rsqrt_float32_kernel(const tinyml_rsqrt_float32_params *params, const float *input,
                                         float *output, void *scratch);

/* Parameters of the int16 kernels; zero points are 0. */
typedef struct {
    int32_t size;
    int32_t multiplier; /* 1 / (root of the input scale * output scale) as a factor in Q0.31 ... */
    int32_t shift;      /* ... and its power of two, [-11, 30], positive to the left */
} tinyml_rsqrt_int16_params;

/* Tensors as above, in 16 bits; values that are not above 0 give the largest result. */
typedef void tinyml_rsqrt_int16_kernel(const tinyml_rsqrt_int16_params *params, const int16_t *input,
                                       int16_t *output, void *scratch);

#endif

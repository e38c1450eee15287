/* LEAKY_RELU: each value, or alpha * x where it is not above 0. */
#ifndef TINYML_LEAKY_RELU_H
#define TINYML_LEAKY_RELU_H

#include <stdint.h>

/* Parameters of the int16 kernels; zero points are 0. */
typedef struct {
    int32_t size;
    int32_t multiplier;       /* input scale / output scale as a factor in Q0.31 ... */
    int32_t shift;            /* ... and its power of two, [-31, 15], positive to the left */
    int32_t alpha_sign;       /* 1 or -1 */
    int32_t alpha_multiplier; /* |alpha| * input scale / output scale, in the same way */
    int32_t alpha_shift;
} tinyml_leaky_relu_int16_params;

/*
 * input   in   int16[size]
 * output  out  int16[size]
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_leaky_relu_int16_kernel(const tinyml_leaky_relu_int16_params *params,
                                            const int16_t *input, int16_t *output, void *scratch);

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

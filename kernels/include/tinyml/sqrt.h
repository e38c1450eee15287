/* SQRT: square root of each value. */
#ifndef TINYML_SQRT_H
#define TINYML_SQRT_H

#include <stdint.h>

/* Parameters of the float32 kernels. */
typedef struct {
    int32_t size;
} tinyml_sqrt_float32_params;

/*
 * input   in   float[size]
 * output  out  float[size]
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_sqrt_float32_kernel(const tinyml_sqrt_float32_params *params, const float *input,
                                        float *output, void *scratch);

/* Parameters of the int16 kernels; zero points are 0. */
typedef struct {
    int32_t size;
    float input_scale;
    float output_scale; /* large enough for roots below 2^31 steps */
} tinyml_sqrt_int16_params;

/* Tensors as above, in 16 bits. Fractions are cut off, and values below 0 give 0. */
typedef void tinyml_sqrt_int16_kernel(const tinyml_sqrt_int16_params *params, const int16_t *input,
                                      int16_t *output, void *scratch);

#endif

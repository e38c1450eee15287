/* ABS: each value without its sign. */
#ifndef TINYML_ABS_H
#define TINYML_ABS_H

#include <stdint.h>

/* Parameters of the float32 kernels. */
typedef struct {
    int32_t size;
} tinyml_abs_float32_params;

/*
 * input   in   float[size]
 * output  out  float[size]
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_abs_float32_kernel(const tinyml_abs_float32_params *params, const float *input,
                                       float *output, void *scratch);

/* Parameters of the int16 kernels; zero points are 0. */
typedef struct {
    int32_t size;
    int32_t multiplier; /* input scale / output scale as a factor in Q0.31 ... */
    int32_t shift;      /* ... and its power of two, [-31, 15], positive to the left */
} tinyml_abs_int16_params;

/* Tensors as above, in 16 bits. */
typedef void tinyml_abs_int16_kernel(const tinyml_abs_int16_params *params, const int16_t *input,
                                     int16_t *output, void *scratch);

/* Parameters of the int32 kernels; the least number stays as it is. */
typedef struct {
    int32_t size;
} tinyml_abs_int32_params;

/* Tensors as above, in 32 bits. */
typedef void tinyml_abs_int32_kernel(const tinyml_abs_int32_params *params, const int32_t *input,
                                     int32_t *output, void *scratch);

#endif

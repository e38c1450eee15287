/* LOGISTIC: 1 / (1 + exp(-x)) of each value. */
#ifndef TINYML_LOGISTIC_H
#define TINYML_LOGISTIC_H

#include <stdint.h>

/* Parameters of the int8 kernels. */
typedef struct {
    int32_t size;
    int32_t input_offset;     /* minus the zero point of the input, [-127, 128] */
    int32_t input_radius;     /* at this distance from zero the result is 0 or 1 */
    int32_t input_multiplier; /* input scale as a factor in Q0.31 that gives Q4.27 ... */
    int32_t input_shift;      /* ... and its power of two, [0, 30] */
} tinyml_logistic_int8_params;

/*
 * input   in   int8[size]
 * output  out  int8[size], scale 1/256 and zero point -128
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_logistic_int8_kernel(const tinyml_logistic_int8_params *params, const int8_t *input,
                                         int8_t *output, void *scratch);

/* Parameters of the float32 kernels. */
typedef struct {
    int32_t size;
} tinyml_logistic_float32_params;

/* Tensors as above, in float. */
typedef void tinyml_logistic_float32_kernel(const tinyml_logistic_float32_params *params, const float *input,
                                            float *output, void *scratch);

#endif

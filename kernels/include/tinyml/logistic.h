/* LOGISTIC: 1 / (1 + exp(-x)) of each value. */
#ifndef TINYML_LOGISTIC_H
#define TINYML_LOGISTIC_H

#include <stdint.h>

/* Parameters of the int16 kernels. */
typedef struct {
    int32_t size;
    int32_t multiplier;    /* [0, 32767]: brings inputs to steps of 1/12288 ... */
    int32_t shift;         /* ... after a shift to the right, [0, 31] */
    const uint16_t *table; /* [256]: 1 / (1 + exp(-i / 24)) in Q0.16 */
} tinyml_logistic_int16_params;

/*
 * input   in   int16[size], zero point 0
 * output  out  int16[size], scale 1/32768 and zero point 0
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_logistic_int16_kernel(const tinyml_logistic_int16_params *params, const int16_t *input,
                                          int16_t *output, void *scratch);

/* Parameters of the float32 kernels. */
typedef struct {
    int32_t size;
} tinyml_logistic_float32_params;

/*
 * input   in   float[size]
 * output  out  float[size]
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_logistic_float32_kernel(const tinyml_logistic_float32_params *params, const float *input,
                                            float *output, void *scratch);

#endif

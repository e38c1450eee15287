/* RELU: the larger of 0 and each value. */
#ifndef TINYML_RELU_H
#define TINYML_RELU_H

#include <stdint.h>

/* Parameters of the int8 kernels. */
typedef struct {
    int32_t size;
    int32_t input_offset;   /* minus the zero point of the input, [-127, 128] */
    int32_t output_offset;  /* zero point of the output, [-128, 127] */
    int32_t multiplier;     /* input scale / output scale as a factor in Q0.31 ... */
    int32_t shift;          /* ... and its power of two, [-31, 30], positive to the left */
    int32_t activation_min; /* [-128, 127] */
    int32_t activation_max; /* [activation_min, 127] */
} tinyml_relu_int8_params;

/*
 * input   in   int8[size]
 * output  out  int8[size]
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_relu_int8_kernel(const tinyml_relu_int8_params *params, const int8_t *input,
                                     int8_t *output, void *scratch);

/* Parameters of the int16 kernels, with the ranges of 16 bits; zero points are 0. */
typedef tinyml_relu_int8_params tinyml_relu_int16_params;

/* Tensors as above, in 16 bits. */
typedef void tinyml_relu_int16_kernel(const tinyml_relu_int16_params *params, const int16_t *input,
                                      int16_t *output, void *scratch);

/* Parameters of the float32 kernels. */
typedef struct {
    int32_t size;
} tinyml_relu_float32_params;

/* Tensors as above, in float. */
typedef void tinyml_relu_float32_kernel(const tinyml_relu_float32_params *params, const float *input,
                                        float *output, void *scratch);

#endif

/* PRELU: each value, or alpha * x where it is negative. */
#ifndef TINYML_PRELU_H
#define TINYML_PRELU_H

#include "tinyml/broadcast.h"

/* Parameters of the int8 kernels. */
typedef struct {
    TINYML_BINARY_FIELDS;
    int32_t input_offset;        /* minus the zero point of input 1, [-127, 128] */
    int32_t alpha_offset;        /* minus the zero point of input 2 */
    int32_t output_offset;       /* zero point of the output, [-128, 127] */
    int32_t identity_multiplier; /* input scale / output scale as a factor in Q0.31 ... */
    int32_t identity_shift;      /* ... and its power of two, [-31, 22], positive to the left */
    int32_t product_multiplier;  /* the same times the scale of alpha ... */
    int32_t product_shift;       /* ... [-31, 14] */
} tinyml_prelu_int8_params;

/*
 * input_1  in   int8[input_1_size]
 * input_2  in   int8[input_2_size], alpha
 * output   out  int8[output_size]
 * scratch       as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_prelu_int8_kernel(const tinyml_prelu_int8_params *params, const int8_t *input_1,
                                      const int8_t *input_2, int8_t *output, void *scratch);

/* Parameters of the int16 kernels; zero points of the input and of the output are 0, shifts end at 15 and 8. */
typedef tinyml_prelu_int8_params tinyml_prelu_int16_params;

/* Tensors as above, input 1 and the output in 16 bits. */
typedef void tinyml_prelu_int16_kernel(const tinyml_prelu_int16_params *params, const int16_t *input_1,
                                       const int8_t *input_2, int16_t *output, void *scratch);

/* Parameters of the float32 kernels. */
typedef struct {
    TINYML_BINARY_FIELDS;
} tinyml_prelu_float32_params;

/* Tensors as above, in float. */
typedef void tinyml_prelu_float32_kernel(const tinyml_prelu_float32_params *params, const float *input_1,
                                         const float *input_2, float *output, void *scratch);

#endif

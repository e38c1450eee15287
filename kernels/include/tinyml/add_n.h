/* ADD_N: sum of any number of tensors of one shape. */
#ifndef TINYML_ADD_N_H
#define TINYML_ADD_N_H

#include <stdint.h>

/* Parameters of the int8 kernels. All inputs have the same scale and zero point. */
typedef struct {
    int32_t input_count; /* [2, 14] */
    int32_t size;
    int32_t input_offset;     /* minus the zero point, [-127, 128] */
    int32_t input_multiplier; /* 1/2 as a factor in Q0.31 ... */
    int32_t input_shift;      /* ... and its power of two, 0 */
    int32_t left_shift;        /* bits of fraction that inputs get before they are scaled */
    int32_t output_offset;     /* zero point of the output, [-128, 127] */
    int32_t output_multiplier; /* from the scale of the sum to that of the output, in Q0.31 ... */
    int32_t output_shift;      /* ... and its power of two, [-31, 0] */
} tinyml_add_n_int8_params;

/*
 * inputs  in   [input_count], each int8[size]
 * output  out  int8[size]
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_add_n_int8_kernel(const tinyml_add_n_int8_params *params, const void *const *inputs,
                                      int8_t *output, void *scratch);

/* Parameters of the int32 kernels. */
typedef struct {
    int32_t input_count; /* >= 2 */
    int32_t size;
} tinyml_add_n_int32_params;

/* Tensors as above, in 32 bits; results keep their lowest 32 bits. */
typedef void tinyml_add_n_int32_kernel(const tinyml_add_n_int32_params *params, const void *const *inputs,
                                       int32_t *output, void *scratch);

/* Parameters of the float32 kernels, the same. */
typedef tinyml_add_n_int32_params tinyml_add_n_float32_params;

/* Tensors as above, in float; summands are added in their order. */
typedef void tinyml_add_n_float32_kernel(const tinyml_add_n_float32_params *params, const void *const *inputs,
                                         float *output, void *scratch);

#endif

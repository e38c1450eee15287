/* ADD: sum of two tensors, limited to a range. */
#ifndef TINYML_ADD_H
#define TINYML_ADD_H

#include "tinyml/broadcast.h"

/* Parameters of the int8 kernels. */
typedef struct {
    TINYML_BINARY_FIELDS;
    int32_t input_1_offset;     /* minus the zero point, [-127, 128] */
    int32_t input_1_multiplier; /* input scale / (2 * larger input scale) as a factor in Q0.31 ... */
    int32_t input_1_shift;      /* ... and its power of two, [-31, 0] */
    int32_t input_2_offset;
    int32_t input_2_multiplier;
    int32_t input_2_shift;
    int32_t left_shift;        /* bits of fraction that both inputs get before they are scaled */
    int32_t output_offset;     /* zero point of the output, [-128, 127] */
    int32_t output_multiplier; /* from the common scale to that of the output, in Q0.31 ... */
    int32_t output_shift;      /* ... and its power of two, [-31, 0] */
    int32_t activation_min;    /* [-128, 127] */
    int32_t activation_max;    /* [activation_min, 127] */
} tinyml_add_int8_params;

/*
 * input_1  in   int8[input_1_size]
 * input_2  in   int8[input_2_size]
 * output   out  int8[output_size]
 * scratch       as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_add_int8_kernel(const tinyml_add_int8_params *params, const int8_t *input_1,
                                    const int8_t *input_2, int8_t *output, void *scratch);

/* Parameters of the int16 kernels, with the ranges of 16 bits; zero points are 0. */
typedef tinyml_add_int8_params tinyml_add_int16_params;

/* Tensors as above, in 16 bits. */
typedef void tinyml_add_int16_kernel(const tinyml_add_int16_params *params, const int16_t *input_1,
                                     const int16_t *input_2, int16_t *output, void *scratch);

/* Parameters of the int32 kernels. */
typedef struct {
    TINYML_BINARY_FIELDS;
    int32_t activation_min;
    int32_t activation_max;
} tinyml_add_int32_params;

/* Tensors as above, in 32 bits. */
typedef void tinyml_add_int32_kernel(const tinyml_add_int32_params *params, const int32_t *input_1,
                                     const int32_t *input_2, int32_t *output, void *scratch);

/* Parameters of the int64 kernels; results keep their lowest 64 bits. */
typedef struct {
    TINYML_BINARY_FIELDS;
} tinyml_add_int64_params;

/* Tensors as above, in 64 bits. */
typedef void tinyml_add_int64_kernel(const tinyml_add_int64_params *params, const int64_t *input_1,
                                     const int64_t *input_2, int64_t *output, void *scratch);

/* Parameters of the float32 kernels. */
typedef struct {
    TINYML_BINARY_FIELDS;
    float activation_min;
    float activation_max;
} tinyml_add_float32_params;

/* Tensors as above, in float. */
typedef void tinyml_add_float32_kernel(const tinyml_add_float32_params *params, const float *input_1,
                                       const float *input_2, float *output, void *scratch);

#endif

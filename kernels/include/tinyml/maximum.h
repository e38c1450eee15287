/* MAXIMUM: the larger one of two values. */
#ifndef TINYML_MAXIMUM_H
#define TINYML_MAXIMUM_H

#include "tinyml/broadcast.h"

/* Parameters of the int8 kernels; all tensors have the same scale and zero point. */
typedef struct {
    TINYML_BINARY_FIELDS;
} tinyml_maximum_int8_params;

/*
 * input_1  in   int8[input_1_size]
 * input_2  in   int8[input_2_size]
 * output   out  int8[output_size]
 * scratch       as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_maximum_int8_kernel(const tinyml_maximum_int8_params *params, const int8_t *input_1,
                                        const int8_t *input_2, int8_t *output, void *scratch);

/* Parameters of the int16 kernels, the same. */
typedef tinyml_maximum_int8_params tinyml_maximum_int16_params;

/* Tensors as above, in 16 bits. */
typedef void tinyml_maximum_int16_kernel(const tinyml_maximum_int16_params *params, const int16_t *input_1,
                                         const int16_t *input_2, int16_t *output, void *scratch);

/* Parameters of the int32 kernels. */
typedef struct {
    TINYML_BINARY_FIELDS;
} tinyml_maximum_int32_params;

/* Tensors as above, in 32 bits. */
typedef void tinyml_maximum_int32_kernel(const tinyml_maximum_int32_params *params, const int32_t *input_1,
                                         const int32_t *input_2, int32_t *output, void *scratch);

/* Parameters of the int64 kernels. */
typedef struct {
    TINYML_BINARY_FIELDS;
} tinyml_maximum_int64_params;

/* Tensors as above, in 64 bits. */
typedef void tinyml_maximum_int64_kernel(const tinyml_maximum_int64_params *params, const int64_t *input_1,
                                         const int64_t *input_2, int64_t *output, void *scratch);

/* Parameters of the float32 kernels. */
typedef struct {
    TINYML_BINARY_FIELDS;
} tinyml_maximum_float32_params;

/* Tensors as above, in float. */
typedef void tinyml_maximum_float32_kernel(const tinyml_maximum_float32_params *params, const float *input_1,
                                           const float *input_2, float *output, void *scratch);

#endif

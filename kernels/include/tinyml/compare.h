/* COMPARE: whether two values are in one of the relations asked for. EQUAL, LESS and their like. */
#ifndef TINYML_COMPARE_H
#define TINYML_COMPARE_H

#include "tinyml/broadcast.h"

#define TINYML_LESS 1
#define TINYML_SAME 2
#define TINYML_GREATER 4
#define TINYML_UNORDERED 8 /* one of the values is a NaN */

/* Parameters of the int8 kernels. */
typedef struct {
    TINYML_BINARY_FIELDS;
    int32_t input_1_offset;     /* minus the zero point, [-127, 128] */
    int32_t input_1_multiplier; /* input scale, below 1, as a factor in Q0.31 ... */
    int32_t input_1_shift;      /* ... and its power of two, [-31, 0] */
    int32_t input_2_offset;
    int32_t input_2_multiplier;
    int32_t input_2_shift;
    int32_t left_shift; /* bits of fraction that both inputs get before they are scaled */
    int32_t answers; /* sum of TINYML_LESS ... for which relations of input 1 to input 2 the result is 1 */
} tinyml_compare_int8_params;

/*
 * input_1  in   int8[input_1_size]
 * input_2  in   int8[input_2_size]
 * output   out  uint8[output_size], 0 or 1
 * scratch       as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_compare_int8_kernel(const tinyml_compare_int8_params *params, const int8_t *input_1,
                                        const int8_t *input_2, uint8_t *output, void *scratch);

/* Parameters of the int16 kernels; both inputs have the same scale, and the zero point 0. */
typedef struct {
    TINYML_BINARY_FIELDS;
    int32_t answers; /* sum of TINYML_LESS ... for which relations of input 1 to input 2 the result is 1 */
} tinyml_compare_int16_params;

/* Tensors as above, the inputs in 16 bits. */
typedef void tinyml_compare_int16_kernel(const tinyml_compare_int16_params *params, const int16_t *input_1,
                                         const int16_t *input_2, uint8_t *output, void *scratch);

/* Parameters of the int32 kernels. */
typedef struct {
    TINYML_BINARY_FIELDS;
    int32_t answers; /* sum of TINYML_LESS ... for which relations of input 1 to input 2 the result is 1 */
} tinyml_compare_int32_params;

/* Tensors as above, the inputs in 32 bits. */
typedef void tinyml_compare_int32_kernel(const tinyml_compare_int32_params *params, const int32_t *input_1,
                                         const int32_t *input_2, uint8_t *output, void *scratch);

/* Parameters of the int64 kernels. */
typedef struct {
    TINYML_BINARY_FIELDS;
    int32_t answers; /* sum of TINYML_LESS ... for which relations of input 1 to input 2 the result is 1 */
} tinyml_compare_int64_params;

/* Tensors as above, the inputs in 64 bits. */
typedef void tinyml_compare_int64_kernel(const tinyml_compare_int64_params *params, const int64_t *input_1,
                                         const int64_t *input_2, uint8_t *output, void *scratch);

/* Parameters of the float32 kernels. */
typedef struct {
    TINYML_BINARY_FIELDS;
    int32_t answers; /* sum of TINYML_LESS ... for which relations of input 1 to input 2 the result is 1 */
} tinyml_compare_float32_params;

/* Tensors as above, the inputs in float. */
typedef void tinyml_compare_float32_kernel(const tinyml_compare_float32_params *params, const float *input_1,
                                           const float *input_2, uint8_t *output, void *scratch);

#endif

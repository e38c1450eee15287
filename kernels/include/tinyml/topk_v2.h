/* TOPK_V2: the largest values of each row, and where they are. */
#ifndef TINYML_TOPK_V2_H
#define TINYML_TOPK_V2_H

#include <stdint.h>

/* Parameters of the int8 kernels. */
typedef struct {
    int32_t rows;
    int32_t row_size;
    int32_t count; /* [1, row_size] */
} tinyml_topk_v2_int8_params;

/*
 * input      in   int8[rows][row_size]
 * values     out  int8[rows][count], the largest first
 * positions  out  int32[rows][count], where they are; of equal values the first
 * scratch         as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_topk_v2_int8_kernel(const tinyml_topk_v2_int8_params *params, const int8_t *input, int8_t *values,
                                        int32_t *positions, void *scratch);

/* Parameters of the int16 kernels, the same. */
typedef tinyml_topk_v2_int8_params tinyml_topk_v2_int16_params;

/* Tensors as above, in 16 bits. */
typedef void tinyml_topk_v2_int16_kernel(const tinyml_topk_v2_int16_params *params, const int16_t *input, int16_t *values,
                                         int32_t *positions, void *scratch);

/* Parameters of the int32 kernels, the same. */
typedef tinyml_topk_v2_int8_params tinyml_topk_v2_int32_params;

/* Tensors as above, in 32 bits. */
typedef void tinyml_topk_v2_int32_kernel(const tinyml_topk_v2_int32_params *params, const int32_t *input, int32_t *values,
                                         int32_t *positions, void *scratch);

/* Parameters of the float32 kernels, the same. */
typedef tinyml_topk_v2_int8_params tinyml_topk_v2_float32_params;

/* Tensors as above, in float; no value is NaN. */
typedef void tinyml_topk_v2_float32_kernel(const tinyml_topk_v2_float32_params *params, const float *input, float *values,
                                           int32_t *positions, void *scratch);

#endif

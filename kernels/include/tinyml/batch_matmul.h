/* BATCH_MATMUL: products of matrices, one for each batch. */
#ifndef TINYML_BATCH_MATMUL_H
#define TINYML_BATCH_MATMUL_H

#include "tinyml/broadcast.h"

/*
 * First fields of the parameters of all kernels. Batches are walked through as tinyml/broadcast.h says, with strides in
 * matrices.
 */
#define TINYML_BATCH_MATMUL_FIELDS                                                \
    int32_t rows;                                                                 \
    int32_t depth;                                                                \
    int32_t columns;                                                              \
    int32_t transposed_1;           /* 1: matrices of input 1 are [depth][rows] */ \
    int32_t transposed_2;           /* 1: matrices of input 2 are [columns][depth] */ \
    int32_t dimensions;             /* [1, TINYML_MOST_DIMENSIONS], of the batches */ \
    const int32_t *lengths;         /* [dimensions] */                            \
    const int32_t *input_1_strides; /* [dimensions] */                            \
    const int32_t *input_2_strides  /* [dimensions] */

/* Parameters of the int8 kernels. */
typedef struct {
    TINYML_BATCH_MATMUL_FIELDS;
    int32_t input_1_offset; /* minus the zero point of input 1, [-127, 128] */
    int32_t input_2_offset; /* minus the zero point of input 2, [-127, 128] */
    int32_t output_offset;  /* zero point of the output, [-128, 127] */
    int32_t multiplier;     /* factor of the sums in Q0.31 ... */
    int32_t shift;          /* ... and its power of two, [-31, 14], positive to the left */
} tinyml_batch_matmul_int8_params;

/*
 * input_1  in   int8[...][rows][depth]
 * input_2  in   int8[...][depth][columns]
 * output   out  int8[...][rows][columns]
 * scratch       as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_batch_matmul_int8_kernel(const tinyml_batch_matmul_int8_params *params,
                                             const int8_t *input_1, const int8_t *input_2, int8_t *output,
                                             void *scratch);

/* Parameters of the int16 kernels; zero points are 0. */
typedef struct {
    TINYML_BATCH_MATMUL_FIELDS;
    int32_t multiplier; /* factor of the sums in Q0.31 ... */
    int32_t shift;      /* ... and its power of two, [-31, 7], positive to the left */
} tinyml_batch_matmul_int16_params;

/* Tensors as above, in 16 bits; sums have 64 bits. */
typedef void tinyml_batch_matmul_int16_kernel(const tinyml_batch_matmul_int16_params *params,
                                              const int16_t *input_1, const int16_t *input_2,
                                              int16_t *output, void *scratch);

/* Parameters of the float32 kernels. */
typedef struct {
    TINYML_BATCH_MATMUL_FIELDS;
} tinyml_batch_matmul_float32_params;

/* Tensors as above, in float. */
typedef void tinyml_batch_matmul_float32_kernel(const tinyml_batch_matmul_float32_params *params,
                                                const float *input_1, const float *input_2, float *output,
                                                void *scratch);

#endif

/* NEG: minus each value. */
#ifndef TINYML_NEG_H
#define TINYML_NEG_H

#include <stdint.h>

/* Parameters of the float32 kernels. */
typedef struct {
    int32_t size;
} tinyml_neg_float32_params;

/*
 * input   in   float[size]
 * output  out  float[size]
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_neg_float32_kernel(const tinyml_neg_float32_params *params, const float *input,
                                       float *output, void *scratch);

/* Parameters of the int32 kernels; the least number stays as it is. */
typedef struct {
    int32_t size;
} tinyml_neg_int32_params;

/* Tensors as above, in 32 bits. */
typedef void tinyml_neg_int32_kernel(const tinyml_neg_int32_params *params, const int32_t *input,
                                     int32_t *output, void *scratch);

/* Parameters of the int64 kernels; the least number stays as it is. */
typedef struct {
    int32_t size;
} tinyml_neg_int64_params;

/* Tensors as above, in 64 bits. */
typedef void tinyml_neg_int64_kernel(const tinyml_neg_int64_params *params, const int64_t *input,
                                     int64_t *output, void *scratch);

#endif

/* POW: first tensor to the power of the second. */
#ifndef TINYML_POW_H
#define TINYML_POW_H

#include "tinyml/broadcast.h"

/* Parameters of the float32 kernels. */
typedef struct {
    TINYML_BINARY_FIELDS;
} tinyml_pow_float32_params;

/*
 * input_1  in   float[input_1_size]
 * input_2  in   float[input_2_size]
 * output   out  float[output_size]
 * scratch       as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_pow_float32_kernel(const tinyml_pow_float32_params *params, const float *input_1,
                                       const float *input_2, float *output, void *scratch);

#endif

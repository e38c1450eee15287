/* FLOOR_MOD: remainder of a quotient that is rounded down; it has the sign of the divisor. */
#ifndef TINYML_FLOOR_MOD_H
#define TINYML_FLOOR_MOD_H

#include "tinyml/broadcast.h"

/* Parameters of the int32 kernels. */
typedef struct {
    TINYML_BINARY_FIELDS;
} tinyml_floor_mod_int32_params;

/*
 * input_1  in   int32_t[input_1_size]
 * input_2  in   int32_t[input_2_size], not 0 for integers: results of a division by 0 are undefined
 * output   out  int32_t[output_size]
 * scratch       as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_floor_mod_int32_kernel(const tinyml_floor_mod_int32_params *params, const int32_t *input_1,
                                           const int32_t *input_2, int32_t *output, void *scratch);

/* Parameters of the int64 kernels. */
typedef struct {
    TINYML_BINARY_FIELDS;
} tinyml_floor_mod_int64_params;

/* Tensors as above, in 64 bits. */
typedef void tinyml_floor_mod_int64_kernel(const tinyml_floor_mod_int64_params *params, const int64_t *input_1,
                                           const int64_t *input_2, int64_t *output, void *scratch);

/* Parameters of the float32 kernels. */
typedef struct {
    TINYML_BINARY_FIELDS;
} tinyml_floor_mod_float32_params;

/* Tensors as above, in float. */
typedef void tinyml_floor_mod_float32_kernel(const tinyml_floor_mod_float32_params *params, const float *input_1,
                                             const float *input_2, float *output, void *scratch);

#endif

/* LOGICAL: a function of two truth values. LOGICAL_AND and its like. */
#ifndef TINYML_LOGICAL_H
#define TINYML_LOGICAL_H

#include "tinyml/broadcast.h"

/* Parameters of the bool kernels. */
typedef struct {
    TINYML_BINARY_FIELDS;
    int32_t truth; /* bit 2 * x + y is the result for the truth values x and y */
} tinyml_logical_bool_params;

/*
 * input_1  in   uint8[input_1_size], 0 or 1
 * input_2  in   uint8[input_2_size], 0 or 1
 * output   out  uint8[output_size], 0 or 1
 * scratch       as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_logical_bool_kernel(const tinyml_logical_bool_params *params, const uint8_t *input_1,
                                        const uint8_t *input_2, uint8_t *output, void *scratch);

#endif

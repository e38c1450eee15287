/* LOOKUP: a function of one quantized value as a table. TANH, ELU, EXP and their like. */
#ifndef TINYML_LOOKUP_H
#define TINYML_LOOKUP_H

#include <stdint.h>

/* Parameters of the int8 kernels. */
typedef struct {
    int32_t size;
    const int8_t *table; /* [256]: results of 0 to 127, then of -128 to -1 */
} tinyml_lookup_int8_params;

/*
 * input   in   int8[size]
 * output  out  int8[size]
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_lookup_int8_kernel(const tinyml_lookup_int8_params *params, const int8_t *input,
                                       int8_t *output, void *scratch);

/* Parameters of the int16 kernels. */
typedef struct {
    int32_t size;
    const int16_t *table; /* [513]: results of -32768, -32640, ... 32768; values in between are interpolated */
} tinyml_lookup_int16_params;

/* Tensors as above, in 16 bits. */
typedef void tinyml_lookup_int16_kernel(const tinyml_lookup_int16_params *params, const int16_t *input,
                                        int16_t *output, void *scratch);

#endif

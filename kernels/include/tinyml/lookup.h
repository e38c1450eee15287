/* LOOKUP: a function of one int8 value as a table. TANH, ELU and their like. */
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

#endif

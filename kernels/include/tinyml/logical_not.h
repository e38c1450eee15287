/* LOGICAL_NOT: the other truth value. */
#ifndef TINYML_LOGICAL_NOT_H
#define TINYML_LOGICAL_NOT_H

#include <stdint.h>

/* Parameters of the bool kernels. */
typedef struct {
    int32_t size;
} tinyml_logical_not_bool_params;

/*
 * input   in   uint8[size], 0 or 1
 * output  out  uint8[size], 0 or 1
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_logical_not_bool_kernel(const tinyml_logical_not_bool_params *params,
                                            const uint8_t *input, uint8_t *output, void *scratch);

#endif

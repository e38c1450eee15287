/* CONCATENATION: tensors joined along an axis. PACK is computed by it. */
#ifndef TINYML_CONCATENATION_H
#define TINYML_CONCATENATION_H

#include <stdint.h>

/* Parameters. The output is run 0 of every part, then run 1 of every part, and so on. */
typedef struct {
    int32_t part_count; /* > 0 */
    int32_t run_count;  /* > 0 */
    int32_t element_bytes; /* 1, 2 or 4: all runs are multiples of it */
    const int32_t *run_bytes; /* [part_count], > 0 */
} tinyml_concatenation_any_params;

/*
 * inputs  in   [part_count], aligned to 4 bytes; part i has run_count * run_bytes[i] bytes
 * output  out  as many bytes as all inputs, aligned to 4
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_concatenation_any_kernel(const tinyml_concatenation_any_params *params,
                                             const void *const *inputs, void *output, void *scratch);

#endif

/* SPLIT: a tensor divided along an axis. SPLIT_V and UNPACK are computed by it. */
#ifndef TINYML_SPLIT_H
#define TINYML_SPLIT_H

#include <stdint.h>

/* Parameters. The input is run 0 of every part, then run 1 of every part, and so on. */
typedef struct {
    int32_t part_count; /* > 0 */
    int32_t run_count;  /* > 0 */
    int32_t element_bytes; /* 1, 2 or 4: all runs are multiples of it */
    const int32_t *run_bytes; /* [part_count], > 0 */
} tinyml_split_any_params;

/*
 * input   in   as many bytes as all outputs, aligned to 4
 * outputs out  [part_count], aligned to 4 bytes; part i has run_count * run_bytes[i] bytes
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_split_any_kernel(const tinyml_split_any_params *params, const void *input,
                                     void *const *outputs, void *scratch);

#endif

/* INDEXED_COPY: rows from places that tables give. RESIZE_NEAREST_NEIGHBOR, MIRROR_PAD and BATCH_TO_SPACE_ND
 * are computed by it. */
#ifndef TINYML_INDEXED_COPY_H
#define TINYML_INDEXED_COPY_H

#include <stdint.h>

/* Parameters. The output is written in order by four nested loops, of which number 3 is the innermost; a row
 * begins as many bytes into the input as the tables of all loops give together. */
typedef struct {
    int32_t length_0; /* > 0, as all lengths */
    int32_t length_1;
    int32_t length_2;
    int32_t length_3;
    int32_t row_bytes;        /* > 0 */
    int32_t element_bytes;    /* 1, 2 or 4: row_bytes and all offsets are multiples of it */
    const int32_t *offsets_0; /* [length_0] and so on */
    const int32_t *offsets_1;
    const int32_t *offsets_2;
    const int32_t *offsets_3;
} tinyml_indexed_copy_any_params;

/*
 * input   in   aligned to 4 bytes
 * output  out  row_bytes * length_0 * ... * length_3 bytes, aligned to 4
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_indexed_copy_any_kernel(const tinyml_indexed_copy_any_params *params, const void *input,
                                            void *output, void *scratch);

#endif

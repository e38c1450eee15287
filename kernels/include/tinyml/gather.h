/* GATHER: values of a tensor at positions along an axis. */
#ifndef TINYML_GATHER_H
#define TINYML_GATHER_H

#include <stdint.h>

/* Parameters, all > 0. */
typedef struct {
    int32_t batch_size; /* product of the dimensions that input and positions have in common */
    int32_t outer_size; /* of those between them and the axis */
    int32_t axis_size;
    int32_t position_count; /* for each batch */
    int32_t row_bytes;      /* what is copied for a position */
    int32_t element_bytes;  /* 1, 2 or 4: row_bytes is a multiple of it */
    int32_t position_bytes; /* of a position: 2, 4 or 8 */
} tinyml_gather_any_params;

/*
 * input      in   [batch_size][outer_size][axis_size] rows, aligned to 4 bytes
 * positions  in   int16, int32 or int64[batch_size][position_count] in [0, axis_size), aligned to 4; others are
 *                 taken as the nearest in it
 * output     out  [batch_size][outer_size][position_count] rows, aligned to 4
 * scratch         as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_gather_any_kernel(const tinyml_gather_any_params *params, const void *input,
                                      const void *positions, void *output, void *scratch);

#endif

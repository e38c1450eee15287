/* GATHER_ND: values of a tensor at positions along its first axes. */
#ifndef TINYML_GATHER_ND_H
#define TINYML_GATHER_ND_H

#include <stdint.h>

#define TINYML_MOST_COORDINATES 5

/* Parameters, all > 0. */
typedef struct {
    int32_t position_count;
    int32_t coordinates;    /* of each position, [1, TINYML_MOST_COORDINATES] */
    int32_t row_bytes;      /* what is copied for a position */
    int32_t element_bytes;  /* 1, 2 or 4: row_bytes is a multiple of it */
    int32_t position_bytes; /* of a coordinate: 2, 4 or 8 */
    const int32_t *lengths; /* [coordinates], of the first axes of the input */
} tinyml_gather_nd_any_params;

/*
 * input      in   [lengths[0]][lengths[1]]... rows, aligned to 4 bytes
 * positions  in   int16, int32 or int64[position_count][coordinates], each in [0, its length), aligned to 4; others
 *                 are taken as the nearest in it
 * output     out  [position_count] rows, aligned to 4
 * scratch         as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_gather_nd_any_kernel(const tinyml_gather_nd_any_params *params, const void *input,
                                         const void *positions, void *output, void *scratch);

#endif

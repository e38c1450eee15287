/* DYNAMIC_UPDATE_SLICE: a tensor of which a part is replaced, where the network computes the place. */
#ifndef TINYML_DYNAMIC_UPDATE_SLICE_H
#define TINYML_DYNAMIC_UPDATE_SLICE_H

#include <stdint.h>

#define TINYML_MOST_SLICE_AXES 6

/* Parameters, all > 0. */
typedef struct {
    int32_t size_bytes;            /* of the input and of the output */
    int32_t axes;                  /* [1, TINYML_MOST_SLICE_AXES] */
    int32_t item_bytes;            /* of a value */
    int32_t element_bytes;         /* 1, 2 or 4: item_bytes is a multiple of it */
    int32_t start_bytes;           /* of a start: 4 or 8 */
    const int32_t *lengths;        /* [axes], of the input */
    const int32_t *update_lengths; /* [axes], of the update, each at most that of the input */
} tinyml_dynamic_update_slice_any_params;

/*
 * input   in   values with axes of `lengths`, aligned to 4
 * update  in   values with axes of `update_lengths`, aligned to 4
 * starts  in   int32 or int64[axes], aligned to 4; moved so that the update lies inside of the input
 * output  out  the input with the update from `starts` on, aligned to 4
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_dynamic_update_slice_any_kernel(const tinyml_dynamic_update_slice_any_params *params,
                                                    const void *input, const void *update,
                                                    const void *starts, void *output, void *scratch);

#endif

/* ONE_HOT: a new axis with one value at each position, another one elsewhere. */
#ifndef TINYML_ONE_HOT_H
#define TINYML_ONE_HOT_H

#include <stdint.h>

/* Parameters, all > 0. */
typedef struct {
    int32_t outer_size; /* product of the dimensions of the positions before the new axis */
    int32_t depth;      /* length of the new axis */
    int32_t inner_size; /* product of those behind it */
    int32_t item_bytes; /* of a value */
    int32_t element_bytes;  /* 1, 2 or 4: item_bytes is a multiple of it */
    int32_t position_bytes; /* of a position: 4 or 8 */
} tinyml_one_hot_any_params;

/*
 * positions  in   int32 or int64[outer_size][inner_size], aligned to 4
 * on         in   a value, aligned to 4
 * off        in   a value, aligned to 4
 * output     out  [outer_size][depth][inner_size] values, aligned to 4: `on` at the positions, `off` elsewhere
 * scratch         as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_one_hot_any_kernel(const tinyml_one_hot_any_params *params, const void *positions,
                                       const void *on, const void *off, void *output, void *scratch);

#endif

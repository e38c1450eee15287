/* SELECT_V2: one of two values, by a truth value. Kernels move bytes and know no type. */
#ifndef TINYML_SELECT_V2_H
#define TINYML_SELECT_V2_H

#include "tinyml/broadcast.h"

/* Parameters of the kernels for any type. */
typedef struct {
    int32_t element_bytes; /* 1, 2, 4 or 8 */
    int32_t output_size;
    int32_t dimensions;               /* [1, TINYML_MOST_DIMENSIONS] */
    const int32_t *lengths;           /* [dimensions], of the axes */
    const int32_t *condition_strides; /* [dimensions], in values, as those of the other inputs */
    const int32_t *input_1_strides;
    const int32_t *input_2_strides;
} tinyml_select_v2_any_params;

/*
 * condition  in   uint8, 0 or 1
 * input_1    in   values that are taken where the condition is 1
 * input_2    in   values that are taken where it is 0
 * output     out  values[output_size]
 * scratch         as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_select_v2_any_kernel(const tinyml_select_v2_any_params *params, const uint8_t *condition,
                                         const void *input_1, const void *input_2, void *output,
                                         void *scratch);

#endif

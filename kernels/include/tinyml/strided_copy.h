/* STRIDED_COPY: values of one tensor in another order. TRANSPOSE, SLICE, STRIDED_SLICE, BROADCAST_TO, TILE,
 * SPACE_TO_DEPTH and DEPTH_TO_SPACE are computed by it. */
#ifndef TINYML_STRIDED_COPY_H
#define TINYML_STRIDED_COPY_H

#include <stdint.h>

/* Parameters. The output is written in order by six nested loops, of which number 5 is the innermost. */
typedef struct {
    int32_t length_0; /* > 0, as all lengths */
    int32_t length_1;
    int32_t length_2;
    int32_t length_3;
    int32_t length_4;
    int32_t length_5;
    int32_t stride_0; /* bytes of the input from one step of the loop to the next; multiples of element_bytes */
    int32_t stride_1;
    int32_t stride_2;
    int32_t stride_3;
    int32_t stride_4;
    int32_t stride_5;
    int32_t element_bytes; /* 1, 2 or 4: what one step of the innermost loop copies */
    int32_t offset;        /* bytes in front of the first value, a multiple of element_bytes */
} tinyml_strided_copy_any_params;

/*
 * input   in   aligned to 4 bytes
 * output  out  element_bytes * length_0 * ... * length_5 bytes, aligned to 4
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_strided_copy_any_kernel(const tinyml_strided_copy_any_params *params, const void *input,
                                            void *output, void *scratch);

#endif

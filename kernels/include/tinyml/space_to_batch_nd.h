/* SPACE_TO_BATCH_ND: images, zeros around them, taken apart to a batch of smaller ones. */
#ifndef TINYML_SPACE_TO_BATCH_ND_H
#define TINYML_SPACE_TO_BATCH_ND_H

#include <stdint.h>

/* Parameters. */
typedef struct {
    int32_t input_batch;
    int32_t input_height;
    int32_t input_width;
    int32_t output_height;
    int32_t output_width;
    int32_t block_height;
    int32_t block_width;
    int32_t padding_top; /* rows and columns of padding; below and on the right as many as fill the output */
    int32_t padding_left;
    int32_t pixel_bytes;   /* > 0 */
    int32_t element_bytes; /* 1, 2 or 4: pixel_bytes is a multiple of it */
    int32_t value;         /* the byte of the padding, repeated to four */
} tinyml_space_to_batch_nd_any_params;

/*
 * input   in   [input_batch][input_height][input_width] pixels, aligned to 4 bytes
 * output  out  [block_height][block_width][input_batch][output_height][output_width] pixels, aligned to 4
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_space_to_batch_nd_any_kernel(const tinyml_space_to_batch_nd_any_params *params,
                                                 const void *input, void *output, void *scratch);

#endif

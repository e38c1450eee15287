/* PAD: a constant around the values of a tensor of up to four dimensions (missing ones are 1). PADV2 is
 * computed by it. */
#ifndef TINYML_PAD_H
#define TINYML_PAD_H

#include <stdint.h>

/* Parameters. A channel is what has element_bytes: one value or several that lie side by side. */
typedef struct {
    int32_t input_images;
    int32_t input_height;
    int32_t input_width;
    int32_t input_channels;
    int32_t images_before;
    int32_t images_after;
    int32_t height_before;
    int32_t height_after;
    int32_t width_before;
    int32_t width_after;
    int32_t channels_before;
    int32_t channels_after;
    int32_t element_bytes; /* 1, 2 or 4 */
    int32_t value;         /* the bytes of one value, repeated to four */
} tinyml_pad_any_params;

/*
 * input   in   [input_images][input_height][input_width][input_channels] elements, aligned to 4 bytes
 * output  out  [images_before + input_images + images_after] and so on, aligned to 4
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_pad_any_kernel(const tinyml_pad_any_params *params, const void *input, void *output,
                                   void *scratch);

#endif

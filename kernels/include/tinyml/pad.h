/* PAD: a constant around the values of a tensor of up to three dimensions (missing ones are 1). */
#ifndef TINYML_PAD_H
#define TINYML_PAD_H

#include <stdint.h>

/* Parameters of the int8 kernels. */
typedef struct {
    int32_t input_height;
    int32_t input_width;
    int32_t input_channels;
    int32_t height_before;
    int32_t height_after;
    int32_t width_before;
    int32_t width_after;
    int32_t channels_before;
    int32_t channels_after;
    int32_t value; /* [-128, 127] */
} tinyml_pad_int8_params;

/*
 * input   in   int8[input_height][input_width][input_channels]
 * output  out  int8[height_before + input_height + height_after] and so on
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_pad_int8_kernel(const tinyml_pad_int8_params *params, const int8_t *input, int8_t *output,
                                    void *scratch);

/* Parameters of the float32 kernels. */
typedef struct {
    int32_t input_height;
    int32_t input_width;
    int32_t input_channels;
    int32_t height_before;
    int32_t height_after;
    int32_t width_before;
    int32_t width_after;
    int32_t channels_before;
    int32_t channels_after;
    float value;
} tinyml_pad_float32_params;

/* Tensors as above, in float. */
typedef void tinyml_pad_float32_kernel(const tinyml_pad_float32_params *params, const float *input,
                                       float *output, void *scratch);

#endif

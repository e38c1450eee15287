/* RESIZE_BILINEAR: an image of another size, each pixel mixed from four neighbours. */
#ifndef TINYML_RESIZE_BILINEAR_H
#define TINYML_RESIZE_BILINEAR_H

#include <stdint.h>

/* Parameters of the int8 kernels. */
typedef struct {
    int32_t batch;
    int32_t input_height;
    int32_t input_width;
    int32_t channels;
    int32_t output_height;
    int32_t output_width;
    int32_t half_pixel_centers; /* 0 or 1 */
    int32_t height_scale;       /* pixels of the input per pixel of the output, times 1024 */
    int32_t width_scale;
} tinyml_resize_bilinear_int8_params;

/*
 * input   in   int8[batch][input_height][input_width][channels]
 * output  out  int8[batch][output_height][output_width][channels]
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_resize_bilinear_int8_kernel(const tinyml_resize_bilinear_int8_params *params,
                                                const int8_t *input, int8_t *output, void *scratch);

/* Parameters of the int16 kernels. */
typedef tinyml_resize_bilinear_int8_params tinyml_resize_bilinear_int16_params;

/* Tensors as above, in 16 bits. */
typedef void tinyml_resize_bilinear_int16_kernel(const tinyml_resize_bilinear_int16_params *params,
                                                 const int16_t *input, int16_t *output, void *scratch);

/* Parameters of the float32 kernels. */
typedef struct {
    int32_t batch;
    int32_t input_height;
    int32_t input_width;
    int32_t channels;
    int32_t output_height;
    int32_t output_width;
    int32_t half_pixel_centers; /* 0 or 1 */
    float height_scale;         /* pixels of the input per pixel of the output */
    float width_scale;
} tinyml_resize_bilinear_float32_params;

/* Tensors as above, in float. */
typedef void tinyml_resize_bilinear_float32_kernel(const tinyml_resize_bilinear_float32_params *params,
                                                   const float *input, float *output, void *scratch);

#endif

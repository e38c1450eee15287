/* AVERAGE_POOL_2D: mean of each window over the pixels inside of the image. Images are NHWC with N = 1. */
#ifndef TINYML_AVERAGE_POOL_2D_H
#define TINYML_AVERAGE_POOL_2D_H

#include <stdint.h>

/* Parameters of the int8 kernels; input and output have the same scale and zero point. */
typedef struct {
    int32_t input_height;
    int32_t input_width;
    int32_t filter_height;
    int32_t filter_width;
    int32_t output_height;
    int32_t output_width;
    int32_t stride_height;
    int32_t stride_width;
    int32_t padding_top; /* pixels that do not count; those at the bottom follow from the output */
    int32_t padding_left;
    int32_t channels;
    int32_t activation_min; /* [-128, 127] */
    int32_t activation_max; /* [activation_min, 127] */
} tinyml_average_pool_2d_int8_params;

/*
 * input   in   int8[input_height][input_width][channels]
 * output  out  int8[output_height][output_width][channels]
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_average_pool_2d_int8_kernel(const tinyml_average_pool_2d_int8_params *params,
                                                const int8_t *input, int8_t *output, void *scratch);

/* Parameters of the int16 kernels, with the ranges of 16 bits; zero points are 0. */
typedef tinyml_average_pool_2d_int8_params tinyml_average_pool_2d_int16_params;

/* Tensors as above, in 16 bits. */
typedef void tinyml_average_pool_2d_int16_kernel(const tinyml_average_pool_2d_int16_params *params,
                                                 const int16_t *input, int16_t *output, void *scratch);

/* Parameters of the float32 kernels. */
typedef struct {
    int32_t input_height;
    int32_t input_width;
    int32_t filter_height;
    int32_t filter_width;
    int32_t output_height;
    int32_t output_width;
    int32_t stride_height;
    int32_t stride_width;
    int32_t padding_top; /* pixels that do not count; those at the bottom follow from the output */
    int32_t padding_left;
    int32_t channels;
    float activation_min;
    float activation_max;
} tinyml_average_pool_2d_float32_params;

/* Tensors as above, in float. */
typedef void tinyml_average_pool_2d_float32_kernel(const tinyml_average_pool_2d_float32_params *params,
                                                   const float *input, float *output, void *scratch);

#endif

/* L2_POOL_2D: root of the mean square of each window over the pixels that lie inside of the image. */
#ifndef TINYML_L2_POOL_2D_H
#define TINYML_L2_POOL_2D_H

#include <stdint.h>

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
} tinyml_l2_pool_2d_float32_params;

/*
 * input   in   float[input_height][input_width][channels]
 * output  out  float[output_height][output_width][channels]
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_l2_pool_2d_float32_kernel(const tinyml_l2_pool_2d_float32_params *params,
                                              const float *input, float *output, void *scratch);

#endif

#include "tinyml/average_pool_2d.h"

#include "arm_nnfunctions.h"

tinyml_average_pool_2d_int8_kernel tinyml_cmsis_nn_average_pool_2d_int8;

void tinyml_cmsis_nn_average_pool_2d_int8(const tinyml_average_pool_2d_int8_params *params,
                                          const int8_t *input, int8_t *output, void *scratch)
{
    const cmsis_nn_context context = {.buf = scratch};
    const cmsis_nn_pool_params pool = {
        .stride = {.w = params->stride_width, .h = params->stride_height},
        .padding = {.w = params->padding_left, .h = params->padding_top},
        .activation = {.min = params->activation_min, .max = params->activation_max},
    };
    const cmsis_nn_dims input_dims = {1, params->input_height, params->input_width, params->channels};
    const cmsis_nn_dims filter_dims = {1, params->filter_height, params->filter_width, 1};
    const cmsis_nn_dims output_dims = {1, params->output_height, params->output_width, params->channels};

    arm_avgpool_s8(&context, &pool, &input_dims, input, &filter_dims, &output_dims, output);
}

#include "multipliers.h"
#include "tinyml/fully_connected.h"

tinyml_fully_connected_int16_kernel tinyml_cmsis_nn_fully_connected_per_channel_int16;

/* arm_fully_connected_s16 takes one factor only; a convolution by 1x1 filters is this product with many. */
void tinyml_cmsis_nn_fully_connected_per_channel_int16(const tinyml_fully_connected_int16_params *params,
                                                       const int16_t *input, const int8_t *filter,
                                                       const void *bias, int16_t *output, void *scratch)
{
    const cmsis_nn_context context = {.buf = scratch};
    const cmsis_nn_conv_params conv = {
        .stride = {1, 1},
        .dilation = {1, 1},
        .activation = {.min = params->activation_min, .max = params->activation_max},
    };
    const cmsis_nn_per_channel_quant_params factors = tinyml_multipliers(params->multiplier, params->shift);
    const cmsis_nn_dims input_dims = {1, 1, params->rows, params->input_size};
    const cmsis_nn_dims filter_dims = {params->output_size, 1, 1, params->input_size};
    const cmsis_nn_dims bias_dims = {1, 1, 1, params->output_size};
    const cmsis_nn_dims output_dims = {1, 1, params->rows, params->output_size};

    arm_convolve_wrapper_s16(&context, &conv, &factors, &input_dims, input, &filter_dims, filter, &bias_dims,
                             bias, &output_dims, output);
}

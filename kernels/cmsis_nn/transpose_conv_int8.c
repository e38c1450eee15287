#include "multipliers.h"
#include "tinyml/transpose_conv.h"

tinyml_transpose_conv_int8_kernel tinyml_cmsis_nn_transpose_conv_int8;

/*
 * CMSIS-NN derives the size of the input from the padding at the far end, of which it asks for the difference to that
 * at the near end. Half of the padding, as TensorFlow Lite gives it, would be too little for filters that are larger
 * than twice the stride: here it is whatever leads to the size that the input has.
 */
static int32_t padding_difference(int32_t input, int32_t stride, int32_t taps, int32_t output, int32_t padding)
{
    return (input - 1) * stride + taps - output - padding;
}

void tinyml_cmsis_nn_transpose_conv_int8(const tinyml_transpose_conv_int8_params *params,
                                         const int8_t *filter, const int8_t *input, const int32_t *bias,
                                         int8_t *output, void *scratch)
{
    const int32_t output_values = params->output_height * params->output_width * params->output_channels;
    const cmsis_nn_context sums = {.buf = scratch};
    const cmsis_nn_context columns = {.buf = (int32_t *)scratch + output_values};
    const cmsis_nn_transpose_conv_params conv = {
        .input_offset = params->input_offset,
        .output_offset = params->output_offset,
        .stride = {.w = params->stride_width, .h = params->stride_height},
        .padding = {.w = params->padding_left, .h = params->padding_top},
        .padding_offsets =
            {
                .w = padding_difference(params->input_width, params->stride_width, params->filter_width,
                                        params->output_width, params->padding_left),
                .h = padding_difference(params->input_height, params->stride_height, params->filter_height,
                                        params->output_height, params->padding_top),
            },
        .dilation = {1, 1},
        .activation = {.min = params->activation_min, .max = params->activation_max},
    };
    const cmsis_nn_per_channel_quant_params factors = tinyml_multipliers(params->multiplier, params->shift);
    const cmsis_nn_dims input_dims = {1, params->input_height, params->input_width, params->input_channels};
    const cmsis_nn_dims filter_dims = {params->output_channels, params->filter_height, params->filter_width,
                                       params->input_channels};
    const cmsis_nn_dims bias_dims = {1, 1, 1, params->output_channels};
    const cmsis_nn_dims output_dims = {1, params->output_height, params->output_width,
                                       params->output_channels};

    arm_transpose_conv_s8(&columns, &sums, &conv, &factors, &input_dims, input, &filter_dims, filter,
                          &bias_dims, bias, &output_dims, output);
}

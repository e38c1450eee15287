#include "geometry.h"
#include "multipliers.h"
#include "tinyml/depthwise_conv_2d.h"

tinyml_depthwise_conv_2d_int16_kernel tinyml_cmsis_nn_depthwise_conv_2d_int16;

void tinyml_cmsis_nn_depthwise_conv_2d_int16(const tinyml_depthwise_conv_2d_int16_params *params,
                                             const int16_t *input, const int8_t *filter, const int64_t *bias,
                                             int16_t *output, void *scratch)
{
    const cmsis_nn_context context = {.buf = scratch};
    const cmsis_nn_dw_conv_params conv = {
        .ch_mult = params->depth_multiplier,
        TINYML_WINDOW_STEPS(params),
        TINYML_DILATION(params),
    };
    const cmsis_nn_per_channel_quant_params factors = tinyml_multipliers(params->multiplier, params->shift);
    const cmsis_nn_dims input_dims = TINYML_INPUT_DIMS(params, params->input_channels);
    const cmsis_nn_dims filter_dims = TINYML_FILTER_DIMS(params, 1, params->output_channels);
    const cmsis_nn_dims bias_dims = {1, 1, 1, params->output_channels};
    const cmsis_nn_dims output_dims = TINYML_OUTPUT_DIMS(params, params->output_channels);

    arm_depthwise_conv_wrapper_s16(&context, &conv, &factors, &input_dims, input, &filter_dims, filter,
                                   &bias_dims, bias, &output_dims, output);
}

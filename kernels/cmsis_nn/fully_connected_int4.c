#include "tinyml/fully_connected.h"

#include "arm_nnfunctions.h"

tinyml_fully_connected_int4_kernel tinyml_cmsis_nn_fully_connected_int4;

void tinyml_cmsis_nn_fully_connected_int4(const tinyml_fully_connected_int4_params *params,
                                          const int8_t *input, const int8_t *filter, const int32_t *bias,
                                          int8_t *output, void *scratch)
{
    const cmsis_nn_context context = {.buf = scratch};
    const cmsis_nn_fc_params product = {
        .input_offset = params->input_offset,
        .output_offset = params->output_offset,
        .activation = {.min = params->activation_min, .max = params->activation_max},
    };
    const cmsis_nn_per_tensor_quant_params factor = {params->multiplier[0], params->shift[0]};
    const cmsis_nn_dims input_dims = {params->rows, 1, 1, params->input_size};
    const cmsis_nn_dims filter_dims = {params->input_size, 1, 1, params->output_size};
    const cmsis_nn_dims bias_dims = {1, 1, 1, params->output_size};
    const cmsis_nn_dims output_dims = {params->rows, 1, 1, params->output_size};

    arm_fully_connected_s4(&context, &product, &factor, &input_dims, input, &filter_dims, filter, &bias_dims,
                           bias, &output_dims, output);
}

#include "tinyml/svdf_state16.h"

#include "arm_nnfunctions.h"

tinyml_svdf_state16_int8_kernel tinyml_cmsis_nn_svdf_state16_int8;

void tinyml_cmsis_nn_svdf_state16_int8(const tinyml_svdf_int8_params *params, const int8_t *input,
                                       const int8_t *feature_weights, const int16_t *time_weights,
                                       const int32_t *bias, int16_t *state, int8_t *output, void *scratch)
{
    int32_t *const sums = scratch;
    int32_t *const unit_sums = sums + params->batches * params->filters;
    const int32_t units = params->filters / params->rank;
    const cmsis_nn_context filter_context = {.buf = sums};
    const cmsis_nn_context unit_context = {.buf = unit_sums};
    const cmsis_nn_svdf_params svdf = {
        .rank = params->rank,
        .input_offset = -params->input_offset,
        .output_offset = params->output_offset,
        .input_activation = {.min = INT16_MIN, .max = INT16_MAX},
        .output_activation = {.min = INT8_MIN, .max = INT8_MAX},
    };
    const cmsis_nn_per_tensor_quant_params to_state = {params->feature_multiplier, params->feature_shift};
    const cmsis_nn_per_tensor_quant_params to_output = {params->output_multiplier, params->output_shift};
    const cmsis_nn_dims input_dims = {params->batches, params->input_size, 1, 1};
    const cmsis_nn_dims state_dims = {params->batches, params->filters * params->memory, 1, 1};
    const cmsis_nn_dims feature_dims = {params->filters, params->input_size, 1, 1};
    const cmsis_nn_dims time_dims = {params->filters, params->memory, 1, 1};
    const cmsis_nn_dims output_dims = {params->batches, units, 1, 1};

    arm_svdf_state_s16_s8(&filter_context, &unit_context, &svdf, &to_state, &to_output, &input_dims, input,
                          &state_dims, state, &feature_dims, feature_weights, &time_dims, time_weights,
                          &output_dims, bias, &output_dims, output);
}

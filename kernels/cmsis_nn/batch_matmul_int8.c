#include "tinyml/batch_matmul.h"

#include "arm_nnfunctions.h"

tinyml_batch_matmul_int8_kernel tinyml_cmsis_nn_batch_matmul_int8;

/* A fully connected layer for each batch; this copy of CMSIS-NN has no product of batches. */
void tinyml_cmsis_nn_batch_matmul_int8(const tinyml_batch_matmul_int8_params *params, const int8_t *input_1,
                                       const int8_t *input_2, int8_t *output, void *scratch)
{
    const cmsis_nn_context context = {.buf = scratch};
    const cmsis_nn_fc_params product = {
        .input_offset = params->input_1_offset,
        .output_offset = params->output_offset,
        .activation = {.min = INT8_MIN, .max = INT8_MAX},
    };
    const cmsis_nn_per_tensor_quant_params factor = {params->multiplier, params->shift};
    const cmsis_nn_dims input_dims = {params->rows, 1, 1, params->depth};
    const cmsis_nn_dims filter_dims = {params->depth, 1, 1, params->columns};
    const cmsis_nn_dims bias_dims = {1, 1, 1, params->columns};
    const cmsis_nn_dims output_dims = {params->rows, 1, 1, params->columns};
    const int32_t step_1 = params->input_1_strides[0] * params->rows * params->depth;
    const int32_t step_2 = params->input_2_strides[0] * params->columns * params->depth;

    for (int32_t batch = params->lengths[0]; batch > 0; --batch) {
        arm_fully_connected_s8(&context, &product, &factor, &input_dims, input_1, &filter_dims, input_2,
                               &bias_dims, NULL, &output_dims, output);
        input_1 += step_1;
        input_2 += step_2;
        output += params->rows * params->columns;
    }
}

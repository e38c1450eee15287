#include "tinyml/add.h"

#include "arm_nnfunctions.h"

tinyml_add_int8_kernel tinyml_cmsis_nn_add_int8;

void tinyml_cmsis_nn_add_int8(const tinyml_add_int8_params *params, const int8_t *input_1,
                              const int8_t *input_2, int8_t *output, void *scratch)
{
    (void)scratch;
    arm_elementwise_add_s8(input_1, input_2, params->input_1_offset, params->input_1_multiplier,
                           params->input_1_shift, params->input_2_offset, params->input_2_multiplier,
                           params->input_2_shift, params->left_shift, output, params->output_offset,
                           params->output_multiplier, params->output_shift, params->activation_min,
                           params->activation_max, params->output_size);
}

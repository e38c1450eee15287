#include "tinyml/add.h"

#include "arm_nnfunctions.h"

tinyml_add_int16_kernel tinyml_cmsis_nn_add_int16;

void tinyml_cmsis_nn_add_int16(const tinyml_add_int16_params *params, const int16_t *input_1,
                               const int16_t *input_2, int16_t *output, void *scratch)
{
    (void)scratch;
    arm_elementwise_add_s16(input_1, input_2, params->input_1_offset, params->input_1_multiplier,
                            params->input_1_shift, params->input_2_offset, params->input_2_multiplier,
                            params->input_2_shift, params->left_shift, output, params->output_offset,
                            params->output_multiplier, params->output_shift, params->activation_min,
                            params->activation_max, params->output_size);
}

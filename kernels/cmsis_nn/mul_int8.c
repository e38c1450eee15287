#include "tinyml/mul.h"

#include "arm_nnfunctions.h"

tinyml_mul_int8_kernel tinyml_cmsis_nn_mul_int8;

void tinyml_cmsis_nn_mul_int8(const tinyml_mul_int8_params *params, const int8_t *input_1,
                              const int8_t *input_2, int8_t *output, void *scratch)
{
    (void)scratch;
    arm_elementwise_mul_s8(input_1, input_2, params->input_1_offset, params->input_2_offset, output,
                           params->output_offset, params->output_multiplier, params->output_shift,
                           params->activation_min, params->activation_max, params->output_size);
}

#include "tinyml/mul.h"

#include "arm_nnfunctions.h"

tinyml_mul_int16_kernel tinyml_cmsis_nn_mul_int16;

void tinyml_cmsis_nn_mul_int16(const tinyml_mul_int16_params *params, const int16_t *input_1,
                               const int16_t *input_2, int16_t *output, void *scratch)
{
    (void)scratch;
    arm_elementwise_mul_s16(input_1, input_2, params->input_1_offset, params->input_2_offset, output,
                            params->output_offset, params->output_multiplier, params->output_shift,
                            params->activation_min, params->activation_max, params->output_size);
}

#include "tinyml/logistic.h"

#include "arm_nnfunctions.h"

tinyml_logistic_int16_kernel tinyml_cmsis_nn_logistic_int16;

void tinyml_cmsis_nn_logistic_int16(const tinyml_logistic_int16_params *params, const int16_t *input, int16_t *output,
                                    void *scratch)
{
    const uint16_t left_shift = params->multiplier == 3 ? 0 : 1; /* of steps of 1/4096, three times 1/12288 */

    (void)scratch;
    arm_nn_activation_s16(input, output, (uint16_t)params->size, left_shift, ARM_SIGMOID);
}

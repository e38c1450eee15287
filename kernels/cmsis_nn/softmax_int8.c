#include "tinyml/softmax.h"

#include "arm_nnfunctions.h"

tinyml_softmax_int8_kernel tinyml_cmsis_nn_softmax_int8;

void tinyml_cmsis_nn_softmax_int8(const tinyml_softmax_int8_params *params, const int8_t *input,
                                  int8_t *output, void *scratch)
{
    (void)scratch;
    arm_softmax_s8(input, params->rows, params->row_size, params->input_multiplier, params->input_left_shift,
                   params->difference_min, output);
}

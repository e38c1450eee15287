#include "convolve.h"

tinyml_conv_2d_int8_kernel tinyml_cmsis_nn_conv_2d_1x1_strided_int8;

void tinyml_cmsis_nn_conv_2d_1x1_strided_int8(const tinyml_conv_2d_int8_params *params, const int8_t *input,
                                              const int8_t *filter, const int32_t *bias, int8_t *output,
                                              void *scratch)
{
    tinyml_convolve(arm_convolve_1x1_s8, params, input, filter, bias, output, scratch);
}

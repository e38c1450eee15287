#include "depthwise.h"

tinyml_depthwise_conv_2d_int4_kernel tinyml_cmsis_nn_depthwise_conv_2d_int4;

void tinyml_cmsis_nn_depthwise_conv_2d_int4(const tinyml_depthwise_conv_2d_int4_params *params,
                                            const int8_t *input, const int8_t *filter, const int32_t *bias,
                                            int8_t *output, void *scratch)
{
    tinyml_depthwise(arm_depthwise_conv_wrapper_s4, params, input, filter, bias, output, scratch);
}

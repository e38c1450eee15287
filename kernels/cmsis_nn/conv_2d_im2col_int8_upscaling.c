#include "convolve.h"

/* CMSIS-NN v7.0.0 and later also ask how the input is upscaled, which is for transposed convolutions. */
static arm_cmsis_nn_status convolve_as_it_is(
    const cmsis_nn_context *context, const cmsis_nn_conv_params *conv,
    const cmsis_nn_per_channel_quant_params *factors, const cmsis_nn_dims *input_dims, const int8_t *input,
    const cmsis_nn_dims *filter_dims, const int8_t *filter, const cmsis_nn_dims *bias_dims,
    const int32_t *bias, const cmsis_nn_dims *output_dims, int8_t *output)
{
    return arm_convolve_s8(context, conv, factors, input_dims, input, filter_dims, filter, bias_dims, bias, NULL,
                           output_dims, output);
}

#define arm_convolve_s8 convolve_as_it_is
#include "conv_2d_im2col_int8.c"

/* Call of any of CMSIS-NN's convolutions, which take the same arguments. */
#ifndef TINYML_CMSIS_NN_CONVOLVE_H
#define TINYML_CMSIS_NN_CONVOLVE_H

#include "geometry.h"
#include "multipliers.h"
#include "tinyml/conv_2d.h"

typedef arm_cmsis_nn_status tinyml_convolve_function(
    const cmsis_nn_context *context, const cmsis_nn_conv_params *conv,
    const cmsis_nn_per_channel_quant_params *factors, const cmsis_nn_dims *input_dims, const int8_t *input,
    const cmsis_nn_dims *filter_dims, const int8_t *filter, const cmsis_nn_dims *bias_dims,
    const int32_t *bias, const cmsis_nn_dims *output_dims, int8_t *output);

static inline void tinyml_convolve(tinyml_convolve_function *convolve,
                                   const tinyml_conv_2d_int8_params *params, const int8_t *input,
                                   const int8_t *filter, const int32_t *bias, int8_t *output, void *scratch)
{
    const cmsis_nn_context context = {.buf = scratch};
    const cmsis_nn_conv_params conv = {
        .input_offset = params->input_offset,
        .output_offset = params->output_offset,
        TINYML_WINDOW_STEPS(params),
        TINYML_DILATION(params),
    };
    const cmsis_nn_per_channel_quant_params factors = tinyml_multipliers(params->multiplier, params->shift);
    const cmsis_nn_dims input_dims = TINYML_INPUT_DIMS(params, params->input_channels);
    const cmsis_nn_dims filter_dims =
        TINYML_FILTER_DIMS(params, params->output_channels, params->input_channels);
    const cmsis_nn_dims bias_dims = {1, 1, 1, params->output_channels};
    const cmsis_nn_dims output_dims = TINYML_OUTPUT_DIMS(params, params->output_channels);

    convolve(&context, &conv, &factors, &input_dims, input, &filter_dims, filter, &bias_dims, bias,
             &output_dims, output);
}

#endif

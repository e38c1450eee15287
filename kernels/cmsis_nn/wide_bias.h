/* Convolution of int16 by CMSIS-NN v6.0.0 and later, where a bias says whether it has 32 bits: ours have 64. */
#ifndef TINYML_CMSIS_NN_WIDE_BIAS_H
#define TINYML_CMSIS_NN_WIDE_BIAS_H

#include "arm_nnfunctions.h"

#define arm_convolve_wrapper_s16(context, conv, factors, input_dims, input, filter_dims, filter, bias_dims, bias, \
                                 output_dims, output)                                    \
    arm_convolve_wrapper_s16(context, conv, factors, input_dims, input, filter_dims, filter, bias_dims, \
                             &(const cmsis_nn_bias_data){bias, false}, output_dims, output)

#endif

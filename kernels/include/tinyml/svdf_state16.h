/* SVDF_STATE16: SVDF of int8 that remembers in int16, with weights over time of int16. */
#ifndef TINYML_SVDF_STATE16_H
#define TINYML_SVDF_STATE16_H

#include "tinyml/svdf.h"

/* Sums over time and filters have to fit 32 bits, as in TensorFlow Lite Micro. Tensors as those of the int8 kernels of svdf.h, except for state and time_weights. */
typedef void tinyml_svdf_state16_int8_kernel(const tinyml_svdf_int8_params *params, const int8_t *input,
                                             const int8_t *feature_weights, const int16_t *time_weights,
                                             const int32_t *bias, int16_t *state, int8_t *output,
                                             void *scratch);

#endif

/* SOFTMAX_TO_INT16: SOFTMAX of int8 whose probabilities are int16. */
#ifndef TINYML_SOFTMAX_TO_INT16_H
#define TINYML_SOFTMAX_TO_INT16_H

#include "tinyml/softmax.h"

/*
 * input   in   int8[rows][row_size]
 * output  out  int16[rows][row_size], scale 1/65536 and zero point -32768
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_softmax_to_int16_int8_kernel(const tinyml_softmax_int8_params *params, const int8_t *input,
                                                 int16_t *output, void *scratch);

#endif

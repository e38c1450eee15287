/* int8 values in a scale that two inputs share. */
#ifndef TINYML_REFERENCE_COMMON_SCALE_H
#define TINYML_REFERENCE_COMMON_SCALE_H

#include "tinyml/fixed_point.h"

/* `value` of the input called `input` (input_1, input_2), with `left_shift` bits of fraction, in the common scale. */
#define TINYML_IN_COMMON_SCALE(params, input, value)                                                         \
    tinyml_requantize(tinyml_shift_left((value) + (params)->input##_offset, (params)->left_shift),           \
                      (params)->input##_multiplier, (params)->input##_shift)

#endif

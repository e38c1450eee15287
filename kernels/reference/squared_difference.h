/* SQUARED_DIFFERENCE of integers: what int8 and int16 share. */
#ifndef TINYML_REFERENCE_SQUARED_DIFFERENCE_H
#define TINYML_REFERENCE_SQUARED_DIFFERENCE_H

#include "common_scale.h"
#include "tinyml/fixed_point.h"
#include "tinyml/squared_difference.h"

/* The square in the scale of the output, before it is limited to the output's type. */
static inline int32_t tinyml_squared_difference(const tinyml_squared_difference_int8_params *params, int32_t a,
                                                int32_t b)
{
    const int32_t raw = TINYML_IN_COMMON_SCALE(params, input_1, a) - TINYML_IN_COMMON_SCALE(params, input_2, b);

    return tinyml_requantize(raw * raw, params->output_multiplier, params->output_shift) + params->output_offset;
}

#endif

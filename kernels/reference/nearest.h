/* Floats as integers. */
#ifndef TINYML_REFERENCE_NEAREST_H
#define TINYML_REFERENCE_NEAREST_H

#include <stdint.h>

#include "tinyml/float_range.h"

/* The integer nearest to x limited to [-far, far], halves away from zero. */
static inline int32_t tinyml_nearest(float x, float far)
{
    const float limited = tinyml_clamp_float(x, -far, far);
    const int32_t whole = (int32_t)limited;
    const float rest = limited - (float)whole;

    return whole + (rest >= 0.5f) - (rest <= -0.5f);
}

#endif

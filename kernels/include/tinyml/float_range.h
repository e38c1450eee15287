/* Limits of float32 values. */
#ifndef TINYML_FLOAT_RANGE_H
#define TINYML_FLOAT_RANGE_H

/* x limited to [low, high]; a NaN stays a NaN. */
static inline float tinyml_clamp_float(float x, float low, float high)
{
    if (x < low) {
        return low;
    }
    return x > high ? high : x;
}

#endif

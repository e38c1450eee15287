/* The logistic function as TensorFlow Lite has it. */
#ifndef TINYML_REFERENCE_SIGMOID_H
#define TINYML_REFERENCE_SIGMOID_H

#include <math.h>

/* Above the first limit the result is 1 to within float32; below the second it is exp(x). */
static inline float tinyml_sigmoid(float x)
{
    if (x > 16.619047164916992188f) {
        return 1.0f;
    }
    return x < -9.0f ? expf(x) : 1.0f / (1.0f + expf(-x));
}

#endif

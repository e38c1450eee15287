#include "tinyml/logistic.h"

#include <math.h>

/* Above UPPER the result is 1 to within float32; below LOWER it is exp(x). As TensorFlow Lite has them. */
#define UPPER 16.619047164916992188f
#define LOWER (-9.0f)

tinyml_logistic_float32_kernel tinyml_reference_logistic_float32;

static float sigmoid(float x)
{
    if (x > UPPER) {
        return 1.0f;
    }
    return x < LOWER ? expf(x) : 1.0f / (1.0f + expf(-x));
}

void tinyml_reference_logistic_float32(const tinyml_logistic_float32_params *params, const float *input,
                                       float *output, void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        output[i] = sigmoid(input[i]);
    }
}

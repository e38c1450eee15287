#include "tinyml/gelu.h"

#include <math.h>

#define SQRT_HALF 0.70710678118654752440f

tinyml_gelu_float32_kernel tinyml_reference_gelu_float32;

void tinyml_reference_gelu_float32(const tinyml_gelu_float32_params *params, const float *input,
                                   float *output, void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        output[i] = 0.5f * input[i] * erfcf(-input[i] * SQRT_HALF);
    }
}

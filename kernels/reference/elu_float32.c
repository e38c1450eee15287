#include "tinyml/elu.h"

#include <math.h>

tinyml_elu_float32_kernel tinyml_reference_elu_float32;

void tinyml_reference_elu_float32(const tinyml_elu_float32_params *params, const float *input, float *output,
                                  void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        output[i] = input[i] < 0.0f ? expm1f(input[i]) : input[i];
    }
}

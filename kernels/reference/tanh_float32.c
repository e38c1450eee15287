#include "tinyml/tanh.h"

#include <math.h>

tinyml_tanh_float32_kernel tinyml_reference_tanh_float32;

void tinyml_reference_tanh_float32(const tinyml_tanh_float32_params *params, const float *input,
                                   float *output, void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        output[i] = tanhf(input[i]);
    }
}

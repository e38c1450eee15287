#include "tinyml/sin.h"

#include <math.h>

tinyml_sin_float32_kernel tinyml_reference_sin_float32;

void tinyml_reference_sin_float32(const tinyml_sin_float32_params *params, const float *input, float *output,
                                  void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        output[i] = sinf(input[i]);
    }
}

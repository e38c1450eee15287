#include "tinyml/abs.h"

#include <math.h>

tinyml_abs_float32_kernel tinyml_reference_abs_float32;

void tinyml_reference_abs_float32(const tinyml_abs_float32_params *params, const float *input, float *output,
                                  void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        output[i] = fabsf(input[i]);
    }
}

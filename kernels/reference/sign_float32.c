#include "tinyml/sign.h"

tinyml_sign_float32_kernel tinyml_reference_sign_float32;

void tinyml_reference_sign_float32(const tinyml_sign_float32_params *params, const float *input, float *output,
                                   void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        output[i] = (float)((input[i] > 0.0f) - (input[i] < 0.0f));
    }
}

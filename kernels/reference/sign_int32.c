#include "tinyml/sign.h"

tinyml_sign_int32_kernel tinyml_reference_sign_int32;

void tinyml_reference_sign_int32(const tinyml_sign_int32_params *params, const int32_t *input, int32_t *output,
                                 void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        output[i] = (input[i] > 0) - (input[i] < 0);
    }
}

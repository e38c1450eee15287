#include "tinyml/neg.h"

tinyml_neg_int32_kernel tinyml_reference_neg_int32;

void tinyml_reference_neg_int32(const tinyml_neg_int32_params *params, const int32_t *input, int32_t *output,
                                void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        output[i] = (int32_t)(0 - (uint32_t)input[i]);
    }
}

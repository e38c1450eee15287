#include "tinyml/neg.h"

tinyml_neg_int64_kernel tinyml_reference_neg_int64;

void tinyml_reference_neg_int64(const tinyml_neg_int64_params *params, const int64_t *input, int64_t *output,
                                void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        output[i] = (int64_t)(0 - (uint64_t)input[i]);
    }
}

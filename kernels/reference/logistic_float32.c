#include "sigmoid.h"
#include "tinyml/logistic.h"

tinyml_logistic_float32_kernel tinyml_reference_logistic_float32;

void tinyml_reference_logistic_float32(const tinyml_logistic_float32_params *params, const float *input,
                                       float *output, void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        output[i] = tinyml_sigmoid(input[i]);
    }
}

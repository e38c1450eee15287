#include "tinyml/fixed_point.h"
#include "tinyml/relu6.h"

tinyml_relu6_int8_kernel tinyml_reference_relu6_int8;

void tinyml_reference_relu6_int8(const tinyml_relu6_int8_params *params, const int8_t *input, int8_t *output,
                                 void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        output[i] = (int8_t)tinyml_clamp(input[i], params->activation_min, params->activation_max);
    }
}

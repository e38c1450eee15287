#include "tinyml/fixed_point.h"
#include "tinyml/relu6.h"

tinyml_relu6_int16_kernel tinyml_reference_relu6_int16;

void tinyml_reference_relu6_int16(const tinyml_relu6_int16_params *params, const int16_t *input,
                                  int16_t *output, void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        output[i] = (int16_t)tinyml_clamp(input[i], params->activation_min, params->activation_max);
    }
}

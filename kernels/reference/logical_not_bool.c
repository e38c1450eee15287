#include "tinyml/logical_not.h"

tinyml_logical_not_bool_kernel tinyml_reference_logical_not_bool;

void tinyml_reference_logical_not_bool(const tinyml_logical_not_bool_params *params, const uint8_t *input,
                                       uint8_t *output, void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        output[i] = !input[i];
    }
}

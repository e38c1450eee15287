#include "tinyml/add_n.h"

tinyml_add_n_int32_kernel tinyml_reference_add_n_int32;

void tinyml_reference_add_n_int32(const tinyml_add_n_int32_params *params, const void *const *inputs,
                                  int32_t *output, void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        uint32_t sum = 0;
        for (int32_t input = 0; input < params->input_count; ++input) {
            sum += (uint32_t)((const int32_t *)inputs[input])[i];
        }
        output[i] = (int32_t)sum;
    }
}

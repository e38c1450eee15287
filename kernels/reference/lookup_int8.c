#include "tinyml/lookup.h"

tinyml_lookup_int8_kernel tinyml_reference_lookup_int8;

void tinyml_reference_lookup_int8(const tinyml_lookup_int8_params *params, const int8_t *input,
                                  int8_t *output, void *scratch)
{
    const int8_t *const table = params->table;
    const int32_t size = params->size;

    (void)scratch;
    for (int32_t i = 0; i < size; ++i) {
        output[i] = table[(uint8_t)input[i]];
    }
}

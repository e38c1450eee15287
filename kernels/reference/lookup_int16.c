#include "interpolated.h"
#include "tinyml/lookup.h"

tinyml_lookup_int16_kernel tinyml_reference_lookup_int16;

void tinyml_reference_lookup_int16(const tinyml_lookup_int16_params *params, const int16_t *input,
                                   int16_t *output, void *scratch)
{
    const int16_t *const table = params->table;
    const int32_t size = params->size;

    (void)scratch;
    for (int32_t i = 0; i < size; ++i) {
        output[i] = (int16_t)tinyml_interpolated(table, input[i]);
    }
}

#include "copy.h"
#include "positions.h"
#include "tinyml/embedding_lookup.h"

tinyml_embedding_lookup_any_kernel tinyml_reference_embedding_lookup_any;

void tinyml_reference_embedding_lookup_any(const tinyml_embedding_lookup_any_params *params,
                                           const int32_t *positions, const void *table, void *output,
                                           void *scratch)
{
    const int32_t bytes = params->row_bytes;

    (void)scratch;
    for (int32_t i = 0; i < params->position_count; ++i) {
        const int32_t row = tinyml_inside(positions[i], params->rows);
        output = tinyml_copy(output, (const uint8_t *)table + row * bytes, bytes, params->element_bytes);
    }
}

#include "positions.h"
#include "tinyml/embedding_lookup.h"

tinyml_embedding_lookup_int8_kernel tinyml_reference_embedding_lookup_int8;

void tinyml_reference_embedding_lookup_int8(const tinyml_embedding_lookup_int8_params *params,
                                            const int32_t *positions, const int8_t *table, float *output,
                                            void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->position_count; ++i) {
        const int8_t *row = table + tinyml_inside(positions[i], params->rows) * params->row_size;
        for (int32_t column = 0; column < params->row_size; ++column) {
            *output++ = (float)row[column] * params->scale;
        }
    }
}

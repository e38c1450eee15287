#include "copy.h"
#include "positions.h"
#include "tinyml/gather_nd.h"

tinyml_gather_nd_any_kernel tinyml_reference_gather_nd_any;

void tinyml_reference_gather_nd_any(const tinyml_gather_nd_any_params *params, const void *input,
                                    const void *positions, void *output, void *scratch)
{
    const int32_t bytes = params->row_bytes;
    int32_t next = 0;

    (void)scratch;
    for (int32_t i = 0; i < params->position_count; ++i) {
        int32_t row = 0;
        for (int32_t axis = 0; axis < params->coordinates; ++axis) {
            const int64_t position = tinyml_position_at(positions, next++, params->position_bytes);
            row = row * params->lengths[axis] + tinyml_inside(position, params->lengths[axis]);
        }
        output = tinyml_copy(output, (const uint8_t *)input + row * bytes, bytes, params->element_bytes);
    }
}

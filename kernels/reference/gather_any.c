#include "copy.h"
#include "positions.h"
#include "tinyml/gather.h"

tinyml_gather_any_kernel tinyml_reference_gather_any;

void tinyml_reference_gather_any(const tinyml_gather_any_params *params, const void *input,
                                 const void *positions, void *output, void *scratch)
{
    const int32_t bytes = params->row_bytes;
    const int32_t unit = params->element_bytes;
    const uint8_t *in = input;
    const uint8_t *places = positions;

    (void)scratch;
    for (int32_t batch = 0; batch < params->batch_size; ++batch) {
        for (int32_t outer = 0; outer < params->outer_size; ++outer) {
            for (int32_t i = 0; i < params->position_count; ++i) {
                const int64_t position = tinyml_position_at(places, i, params->position_bytes);
                const int32_t row = tinyml_inside(position, params->axis_size);
                output = tinyml_copy(output, in + row * bytes, bytes, unit);
            }
            in += params->axis_size * bytes;
        }
        places += params->position_count * params->position_bytes;
    }
}

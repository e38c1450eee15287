#include "copy.h"
#include "positions.h"
#include "tinyml/dynamic_update_slice.h"

tinyml_dynamic_update_slice_any_kernel tinyml_reference_dynamic_update_slice_any;

void tinyml_reference_dynamic_update_slice_any(const tinyml_dynamic_update_slice_any_params *params,
                                               const void *input, const void *update, const void *starts,
                                               void *output, void *scratch)
{
    const int32_t last = params->axes - 1;
    const int32_t row_bytes = params->update_lengths[last] * params->item_bytes;
    const uint8_t *from = update;
    int32_t first[TINYML_MOST_SLICE_AXES];
    int32_t place[TINYML_MOST_SLICE_AXES] = {0};
    int32_t axis;

    (void)scratch;
    tinyml_copy(output, input, params->size_bytes, params->element_bytes);
    for (axis = 0; axis <= last; ++axis) {
        const int64_t start = tinyml_position_at(starts, axis, params->start_bytes);
        first[axis] = tinyml_inside(start, params->lengths[axis] - params->update_lengths[axis] + 1);
    }
    do {
        int32_t offset = 0;
        for (axis = 0; axis <= last; ++axis) {
            offset = offset * params->lengths[axis] + first[axis] + place[axis];
        }
        tinyml_copy((uint8_t *)output + offset * params->item_bytes, from, row_bytes, params->element_bytes);
        from += row_bytes;
        for (axis = last - 1; axis >= 0 && ++place[axis] == params->update_lengths[axis]; --axis) {
            place[axis] = 0;
        }
    } while (axis >= 0);
}

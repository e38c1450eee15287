#include "copy.h"
#include "positions.h"
#include "tinyml/one_hot.h"

tinyml_one_hot_any_kernel tinyml_reference_one_hot_any;

void tinyml_reference_one_hot_any(const tinyml_one_hot_any_params *params, const void *positions,
                                  const void *on, const void *off, void *output, void *scratch)
{
    (void)scratch;
    for (int32_t outer = 0; outer < params->outer_size; ++outer) {
        for (int32_t place = 0; place < params->depth; ++place) {
            for (int32_t inner = 0; inner < params->inner_size; ++inner) {
                const int32_t i = outer * params->inner_size + inner;
                const int is_on = tinyml_position_at(positions, i, params->position_bytes) == place;
                output = tinyml_copy(output, is_on ? on : off, params->item_bytes, params->element_bytes);
            }
        }
    }
}

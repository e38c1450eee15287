#include "copy.h"
#include "tinyml/gather.h"

tinyml_gather_any_kernel tinyml_reference_gather_any;

/* Positions may come from outside of the device: whatever they are, nothing behind the input is read. */
static int32_t inside(int32_t position, int32_t length)
{
    if (position < 0) {
        return 0;
    }
    return position < length ? position : length - 1;
}

void tinyml_reference_gather_any(const tinyml_gather_any_params *params, const void *input,
                                 const int32_t *positions, void *output, void *scratch)
{
    const int32_t bytes = params->row_bytes;
    const int32_t unit = params->element_bytes;
    const uint8_t *in = input;

    (void)scratch;
    for (int32_t batch = 0; batch < params->batch_size; ++batch) {
        for (int32_t outer = 0; outer < params->outer_size; ++outer) {
            for (int32_t i = 0; i < params->position_count; ++i) {
                const int32_t row = inside(positions[i], params->axis_size);
                output = tinyml_copy(output, in + row * bytes, bytes, unit);
            }
            in += params->axis_size * bytes;
        }
        positions += params->position_count;
    }
}

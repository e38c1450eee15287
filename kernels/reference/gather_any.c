#include "copy.h"
#include "tinyml/gather.h"

tinyml_gather_any_kernel tinyml_reference_gather_any;

/* Positions may come from outside of the device: whatever they are, nothing behind the input is read. */
static int32_t inside(int64_t position, int32_t length)
{
    if (position < 0) {
        return 0;
    }
    return position < length ? (int32_t)position : length - 1;
}

static int64_t position_at(const void *positions, int32_t i, int32_t bytes)
{
    if (bytes == 4) {
        return ((const int32_t *)positions)[i];
    }
    return bytes == 8 ? ((const int64_t *)positions)[i] : ((const int16_t *)positions)[i];
}

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
                const int64_t position = position_at(places, i, params->position_bytes);
                const int32_t row = inside(position, params->axis_size);
                output = tinyml_copy(output, in + row * bytes, bytes, unit);
            }
            in += params->axis_size * bytes;
        }
        places += params->position_count * params->position_bytes;
    }
}

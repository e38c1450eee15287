#include "copy.h"
#include "tinyml/split.h"

tinyml_split_any_kernel tinyml_reference_split_any;

void tinyml_reference_split_any(const tinyml_split_any_params *params, const void *input, void *const *outputs,
                                void *scratch)
{
    const int32_t unit = params->element_bytes;
    const uint8_t *in = input;

    (void)scratch;
    for (int32_t run = 0; run < params->run_count; ++run) {
        for (int32_t part = 0; part < params->part_count; ++part) {
            const int32_t bytes = params->run_bytes[part];
            tinyml_copy((uint8_t *)outputs[part] + run * bytes, in, bytes, unit);
            in += bytes;
        }
    }
}

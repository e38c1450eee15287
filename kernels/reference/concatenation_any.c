#include "copy.h"
#include "tinyml/concatenation.h"

tinyml_concatenation_any_kernel tinyml_reference_concatenation_any;

void tinyml_reference_concatenation_any(const tinyml_concatenation_any_params *params,
                                        const void *const *inputs, void *output, void *scratch)
{
    const int32_t unit = params->element_bytes;

    (void)scratch;
    for (int32_t run = 0; run < params->run_count; ++run) {
        for (int32_t part = 0; part < params->part_count; ++part) {
            const int32_t bytes = params->run_bytes[part];
            const uint8_t *in = (const uint8_t *)inputs[part] + run * bytes;
            output = tinyml_copy(output, in, bytes, unit);
        }
    }
}

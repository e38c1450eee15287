#include "tinyml/fixed_point.h"
#include "tinyml/mean.h"

tinyml_mean_int8_kernel tinyml_reference_mean_int8;

void tinyml_reference_mean_int8(const tinyml_mean_int8_params *params, const int8_t *input, int8_t *output,
                                void *scratch)
{
    (void)scratch;
    for (int32_t outer = 0; outer < params->outer_size; ++outer) {
        const int8_t *block = input + outer * params->reduced_size * params->inner_size;
        for (int32_t inner = 0; inner < params->inner_size; ++inner) {
            int32_t sum = params->sum_offset;

            for (int32_t i = 0; i < params->reduced_size; ++i) {
                sum += block[i * params->inner_size + inner];
            }
            sum = tinyml_requantize(sum, params->multiplier, params->shift) + params->output_offset;
            *output++ = (int8_t)tinyml_clamp(sum, INT8_MIN, INT8_MAX);
        }
    }
}

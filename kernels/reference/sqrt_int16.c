#include "tinyml/fixed_point.h"
#include "tinyml/sqrt.h"

#include <math.h>

tinyml_sqrt_int16_kernel tinyml_reference_sqrt_int16;

void tinyml_reference_sqrt_int16(const tinyml_sqrt_int16_params *params, const int16_t *input,
                                 int16_t *output, void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        const float value = input[i] > 0 ? params->input_scale * (float)input[i] : 0.0f;
        const int32_t root = (int32_t)(sqrtf(value) / params->output_scale);

        output[i] = (int16_t)tinyml_clamp(root, INT16_MIN, INT16_MAX);
    }
}

#include "tinyml/mul.h"
#include "tinyml/float_range.h"

tinyml_mul_float32_kernel tinyml_reference_mul_float32;

void tinyml_reference_mul_float32(const tinyml_mul_float32_params *params, const float *input_1,
                                  const float *input_2, float *output, void *scratch)
{
    int32_t first = 0;
    int32_t second = 0;

    (void)scratch;
    for (int32_t i = 0; i < params->output_size; ++i) {
        const float value = input_1[first] * input_2[second];

        output[i] = tinyml_clamp_float(value, params->activation_min, params->activation_max);
        first = first + 1 == params->input_1_size ? 0 : first + 1;
        second = second + 1 == params->input_2_size ? 0 : second + 1;
    }
}

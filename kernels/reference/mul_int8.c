#include "tinyml/fixed_point.h"
#include "tinyml/mul.h"

tinyml_mul_int8_kernel tinyml_reference_mul_int8;

void tinyml_reference_mul_int8(const tinyml_mul_int8_params *params, const int8_t *input_1,
                               const int8_t *input_2, int8_t *output, void *scratch)
{
    int32_t first = 0;
    int32_t second = 0;

    (void)scratch;
    for (int32_t i = 0; i < params->output_size; ++i) {
        const int32_t a = input_1[first] + params->input_1_offset;
        const int32_t b = input_2[second] + params->input_2_offset;
        const int32_t product = tinyml_requantize(a * b, params->output_multiplier, params->output_shift);

        output[i] = (int8_t)tinyml_clamp(product + params->output_offset, params->activation_min,
                                         params->activation_max);
        first = first + 1 == params->input_1_size ? 0 : first + 1;
        second = second + 1 == params->input_2_size ? 0 : second + 1;
    }
}

#include "tinyml/add.h"
#include "tinyml/fixed_point.h"

tinyml_add_int8_kernel tinyml_reference_add_int8;

/* One input in the common scale of both. */
static int32_t scaled(int32_t value, int32_t left_shift, int32_t multiplier, int32_t shift)
{
    return tinyml_requantize(tinyml_shift_left(value, left_shift), multiplier, shift);
}

void tinyml_reference_add_int8(const tinyml_add_int8_params *params, const int8_t *input_1,
                               const int8_t *input_2, int8_t *output, void *scratch)
{
    int32_t first = 0;
    int32_t second = 0;

    (void)scratch;
    for (int32_t i = 0; i < params->output_size; ++i) {
        const int32_t a = input_1[first] + params->input_1_offset;
        const int32_t b = input_2[second] + params->input_2_offset;
        int32_t sum = scaled(a, params->left_shift, params->input_1_multiplier, params->input_1_shift) +
                      scaled(b, params->left_shift, params->input_2_multiplier, params->input_2_shift);

        sum = tinyml_requantize(sum, params->output_multiplier, params->output_shift) + params->output_offset;
        output[i] = (int8_t)tinyml_clamp(sum, params->activation_min, params->activation_max);
        first = first + 1 == params->input_1_size ? 0 : first + 1;
        second = second + 1 == params->input_2_size ? 0 : second + 1;
    }
}

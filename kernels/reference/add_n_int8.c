#include "tinyml/add_n.h"
#include "tinyml/fixed_point.h"

tinyml_add_n_int8_kernel tinyml_reference_add_n_int8;

static int32_t summand(const tinyml_add_n_int8_params *params, int32_t value)
{
    return tinyml_requantize(tinyml_shift_left(value + params->input_offset, params->left_shift),
                             params->input_multiplier, params->input_shift);
}

void tinyml_reference_add_n_int8(const tinyml_add_n_int8_params *params, const void *const *inputs,
                                 int8_t *output, void *scratch)
{
    /* The sum begins with an integer 0, as that of TensorFlow Lite Micro does. */
    const int32_t start = summand(params, 0);

    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        int32_t sum = start;
        for (int32_t input = 0; input < params->input_count; ++input) {
            sum += summand(params, ((const int8_t *)inputs[input])[i]);
        }
        const int32_t scaled = tinyml_requantize(sum, params->output_multiplier, params->output_shift);
        output[i] = (int8_t)tinyml_clamp(scaled + params->output_offset, INT8_MIN, INT8_MAX);
    }
}

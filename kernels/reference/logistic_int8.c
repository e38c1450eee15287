#include "tinyml/fixed_point.h"
#include "tinyml/logistic.h"

#define INPUT_INTEGER_BITS 4

tinyml_logistic_int8_kernel tinyml_reference_logistic_int8;

/* 1 / (1 + exp(-x)) in Q0.31 for x in Q4.27, through the positive half of the curve. */
static int32_t sigmoid(int32_t x)
{
    int32_t upper;

    if (x == 0) {
        return 1 << 30;
    }
    upper = tinyml_reciprocal_of_one_plus(tinyml_exp_on_negative(x > 0 ? -x : x, INPUT_INTEGER_BITS));
    return x > 0 ? upper : INT32_MAX - upper;
}

void tinyml_reference_logistic_int8(const tinyml_logistic_int8_params *params, const int8_t *input,
                                    int8_t *output, void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        const int32_t x = input[i] + params->input_offset;
        int32_t value = x > 0 ? INT8_MAX : INT8_MIN;

        if (-params->input_radius < x && x < params->input_radius) {
            const int32_t scaled = tinyml_requantize(x, params->input_multiplier, params->input_shift);
            value = INT8_MIN + tinyml_rounding_shift_right(sigmoid(scaled), 31 - 8);
        }
        output[i] = (int8_t)tinyml_clamp(value, INT8_MIN, INT8_MAX);
    }
}

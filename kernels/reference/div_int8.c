#include "broadcast.h"
#include "tinyml/div.h"
#include "tinyml/fixed_point.h"

tinyml_div_int8_kernel tinyml_reference_div_int8;

/*
 * a / b in the scale of the output, b > 0. The dividend is normalized to 31 bits and the divisor to [1, 2), so that
 * all that is left of the quotient is a shift to the right.
 */
static int32_t scaled_quotient(const tinyml_div_int8_params *params, int32_t a, int32_t b)
{
    const int32_t divisor_zeros = __builtin_clz((uint32_t)b);
    const int32_t above_one = tinyml_shift_left(b, divisor_zeros) - INT32_MIN;
    const int32_t headroom = __builtin_clrsb(a);
    const int32_t quotient =
        tinyml_multiply_q31(tinyml_shift_left(a, headroom), tinyml_reciprocal_of_one_plus(above_one));
    const int32_t right = headroom + (31 - divisor_zeros) - params->output_shift;

    return tinyml_rounding_shift_right(tinyml_multiply_q31(quotient, params->output_multiplier), right);
}

/* What a division by 0 gives is not defined; it is 0 here. */
static inline int8_t quotient(const tinyml_div_int8_params *params, int8_t a, int8_t b)
{
    const int32_t dividend = a + params->input_1_offset;
    const int32_t divisor = b + params->input_2_offset;
    const int32_t value = divisor == 0  ? 0
                          : divisor < 0 ? scaled_quotient(params, -dividend, -divisor)
                                        : scaled_quotient(params, dividend, divisor);

    return (int8_t)tinyml_clamp(value + params->output_offset, params->activation_min, params->activation_max);
}

void tinyml_reference_div_int8(const tinyml_div_int8_params *params, const int8_t *input_1,
                               const int8_t *input_2, int8_t *output, void *scratch)
{
    (void)scratch;
    TINYML_FOR_EACH_PAIR(params, input_1, input_2, output, quotient);
}

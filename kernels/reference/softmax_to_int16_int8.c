#include "tinyml/fixed_point.h"
#include "tinyml/softmax_to_int16.h"

/*
 * Exponentials are Q0.31, their sum is Q12.19 (rows of less than 4096 values), its reciprocal is normalized to
 * [1/2, 1] in Q0.31 with the exponent kept apart.
 */
#define INPUT_INTEGER_BITS 5
#define SUM_INTEGER_BITS 12

tinyml_softmax_to_int16_int8_kernel tinyml_reference_softmax_to_int16_int8;

static int8_t row_maximum(const int8_t *row, int32_t size)
{
    int8_t largest = INT8_MIN;

    for (int32_t i = 0; i < size; ++i) {
        largest = row[i] > largest ? row[i] : largest;
    }
    return largest;
}

/* exp(beta * scale * difference) in Q0.31 for difference <= 0. */
static int32_t exponential(const tinyml_softmax_int8_params *params, int32_t difference)
{
    const int32_t scaled = tinyml_requantize(difference, params->input_multiplier, params->input_left_shift);

    return tinyml_exp_on_negative(scaled, INPUT_INTEGER_BITS);
}

static int32_t sum_of_exponentials(const tinyml_softmax_int8_params *params, const int8_t *row,
                                   int32_t maximum)
{
    int32_t sum = 0;

    for (int32_t i = 0; i < params->row_size; ++i) {
        if (row[i] - maximum >= params->difference_min) {
            sum += tinyml_rounding_shift_right(exponential(params, row[i] - maximum), SUM_INTEGER_BITS);
        }
    }
    return sum;
}

static void softmax_row(const tinyml_softmax_int8_params *params, const int8_t *row, int16_t *output)
{
    const int32_t maximum = row_maximum(row, params->row_size);
    const int32_t sum = sum_of_exponentials(params, row, maximum);
    const int32_t headroom = __builtin_clz((uint32_t)sum);
    const int32_t above_one = tinyml_shift_left(sum, headroom) - INT32_MIN;
    const int32_t reciprocal = tinyml_reciprocal_of_one_plus(above_one);
    const int32_t right = SUM_INTEGER_BITS - headroom + 31 - 16;

    for (int32_t i = 0; i < params->row_size; ++i) {
        int32_t value = INT16_MIN;

        if (row[i] - maximum >= params->difference_min) {
            const int32_t share = tinyml_multiply_q31(reciprocal, exponential(params, row[i] - maximum));
            value += tinyml_rounding_shift_right(share, right);
        }
        output[i] = (int16_t)tinyml_clamp(value, INT16_MIN, INT16_MAX);
    }
}

void tinyml_reference_softmax_to_int16_int8(const tinyml_softmax_int8_params *params, const int8_t *input,
                                            int16_t *output, void *scratch)
{
    (void)scratch;
    for (int32_t row = 0; row < params->rows; ++row) {
        softmax_row(params, input + row * params->row_size, output + row * params->row_size);
    }
}

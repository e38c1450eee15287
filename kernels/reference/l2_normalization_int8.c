#include "tinyml/fixed_point.h"
#include "tinyml/l2_normalization.h"

tinyml_l2_normalization_int8_kernel tinyml_reference_l2_normalization_int8;

/* multiplier * 2^(shift - 31). */
typedef struct {
    int32_t multiplier;
    int32_t shift;
} factor;

/* 1 / sqrt(x) for x in [1/4, 1) in Q3.28: Newton's method, five steps from 1. */
static int32_t inverse_root_q3(int32_t x)
{
    const int32_t half = tinyml_rounding_shift_right(x, 1);
    const int32_t three_halves = 3 << 27;
    int32_t root = 1 << 28;

    for (int32_t step = 0; step < 5; ++step) {
        const int32_t square = tinyml_multiply_q31(root, root);
        const int32_t cube = tinyml_saturating_shift_left(tinyml_multiply_q31(square, root), 6);
        const int32_t difference = tinyml_multiply_q31(three_halves, root) - tinyml_multiply_q31(half, cube);
        root = tinyml_saturating_shift_left(difference, 3);
    }
    return root;
}

/* 1 / sqrt(x) for x >= 0, of which 0 counts as 1. */
static factor inverse_root(int32_t x)
{
    const int32_t half_root_of_2 = 1518500250;
    factor result = {INT32_MAX, 0};
    int32_t right = 11;

    if (x <= 1) {
        return result;
    }
    while (x >= 1 << 29) {
        x /= 4;
        ++right;
    }
    while (x < 1 << 27) {
        x *= 4;
        --right;
    }
    result.multiplier = tinyml_multiply_q31(inverse_root_q3(x >> 1), half_root_of_2);
    if (right < 0) {
        result.multiplier = tinyml_shift_left(result.multiplier, -right);
    } else {
        result.shift = -right;
    }
    return result;
}

void tinyml_reference_l2_normalization_int8(const tinyml_l2_normalization_int8_params *params,
                                            const int8_t *input, int8_t *output, void *scratch)
{
    const int32_t fraction_bits = 7;

    (void)scratch;
    for (int32_t row = 0; row < params->rows; ++row) {
        int32_t squares = 0;
        for (int32_t i = 0; i < params->row_size; ++i) {
            const int32_t value = input[i] + params->input_offset;
            squares += value * value;
        }
        const factor root = inverse_root(squares);
        for (int32_t i = 0; i < params->row_size; ++i) {
            const int32_t value = *input++ + params->input_offset;
            const int32_t result = tinyml_requantize(value, root.multiplier, root.shift + fraction_bits);
            *output++ = (int8_t)tinyml_clamp(result, INT8_MIN, INT8_MAX);
        }
    }
}

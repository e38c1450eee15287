#include "tinyml/fixed_point.h"
#include "tinyml/log_softmax.h"

/* Exponentials are Q0.31, their sum is Q12.19 (rows of less than 4096 values), its logarithm is Q5.26. */
#define INPUT_INTEGER_BITS 5
#define SUM_INTEGER_BITS 12
#define OUTPUT_INTEGER_BITS 4

/* The logarithm is computed with one bit more before the point than its result has: Q6.25. */
#define LOG_FRACTION_BITS 25
#define QUARTER (1 << (LOG_FRACTION_BITS - 2))

#define LOG_2 1488522236         /* Q0.31, as the numbers below */
#define SQRT_HALF 1518500250     /* 1/2 to the power of 1/2 */
#define FOURTH_ROOT 1805811301   /* 1/2 to the power of 1/4 */
#define NUMERATOR_3 117049297    /* 11/240 / FOURTH_ROOT */
#define DENOMINATOR_0 1057819769 /* 2 * FOURTH_ROOT - 1 / FOURTH_ROOT */
#define DENOMINATOR_1 638450708  /* 1/4 / FOURTH_ROOT */
#define DENOMINATOR_2 127690142  /* 1/20 / FOURTH_ROOT */

tinyml_log_softmax_int8_kernel tinyml_reference_log_softmax_int8;

static int32_t smaller(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static int32_t larger(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

/* log(r / FOURTH_ROOT) in Q6.25 for r in [sqrt(1/2), 1] in Q0.31: a quotient of polynomials in r - FOURTH_ROOT. */
static int32_t log_near_one(int32_t r)
{
    const int32_t p = tinyml_rounding_half_sum(r, FOURTH_ROOT);
    const int32_t q = 2 * (r - FOURTH_ROOT);
    const int32_t q2 = tinyml_multiply_q31(q, q);
    const int32_t cubic = tinyml_multiply_q31(tinyml_multiply_q31(q, q2), NUMERATOR_3);
    const int32_t numerator = tinyml_multiply_q31(q, r) + cubic;
    const int32_t inner = DENOMINATOR_0 + q + tinyml_multiply_q31(DENOMINATOR_2, q2);
    const int32_t denominator = tinyml_multiply_q31(p, inner) + tinyml_multiply_q31(DENOMINATOR_1, q);
    const int32_t in_q6 = tinyml_rounding_shift_right(numerator, 31 - LOG_FRACTION_BITS);

    return tinyml_multiply_q31(in_q6, tinyml_reciprocal_of_one_plus(denominator));
}

/*
 * log(x) in Q5.26 for x >= 1 in Q12.19. x is 2^n * r / FOURTH_ROOT with r in [sqrt(1/2), 1] for one odd multiple n of
 * 1/4: the larger one of two, of which the other saturates r.
 */
static int32_t log_of_sum(int32_t x)
{
    const int32_t zeros = __builtin_clz((uint32_t)x);
    const int32_t reduced = tinyml_multiply_q31(x, SQRT_HALF);
    const int32_t reduced_zeros = __builtin_clz((uint32_t)reduced) - 1;
    const int32_t normalized = tinyml_saturating_shift_left(x, zeros - 1);
    const int32_t r_1 = tinyml_saturating_shift_left(tinyml_multiply_q31(normalized, SQRT_HALF), 1);
    const int32_t r_2 = tinyml_saturating_shift_left(x, reduced_zeros);
    const int32_t n_1 = (SUM_INTEGER_BITS - zeros) * (1 << LOG_FRACTION_BITS) + QUARTER;
    const int32_t n_2 = (SUM_INTEGER_BITS - reduced_zeros) * (1 << LOG_FRACTION_BITS) - QUARTER;
    const int32_t log_of_power = tinyml_multiply_q31(larger(n_1, n_2), LOG_2);

    return tinyml_saturating_shift_left(log_of_power + log_near_one(smaller(r_1, r_2)), 1);
}

/* A difference of two inputs in Q5.26. */
static int32_t scaled(const tinyml_log_softmax_int8_params *params, int32_t difference)
{
    return tinyml_requantize(difference, params->input_multiplier, params->input_left_shift);
}

/* log(sum of exp(x - top)) over a row, in Q5.26. */
static int32_t row_logarithm(const tinyml_log_softmax_int8_params *params, const int8_t *row, int32_t top)
{
    int32_t sum = 0;

    for (int32_t i = 0; i < params->row_size; ++i) {
        const int32_t difference = row[i] - top;

        if (difference >= params->difference_min) {
            const int32_t power = tinyml_exp_on_negative(scaled(params, difference), INPUT_INTEGER_BITS);
            sum += tinyml_rounding_shift_right(power, SUM_INTEGER_BITS);
        }
    }
    return log_of_sum(sum);
}

static void log_softmax_row(const tinyml_log_softmax_int8_params *params, const int8_t *row, int8_t *output)
{
    int32_t top = INT8_MIN;
    int32_t logarithm;
    int32_t lowest;

    for (int32_t i = 0; i < params->row_size; ++i) {
        top = larger(row[i], top);
    }
    logarithm = row_logarithm(params, row, top);
    /* The smallest number of Q5.26 must be left when the logarithm is subtracted. */
    lowest = tinyml_requantize(logarithm + INT32_MIN, params->inverse_multiplier, params->inverse_shift);
    lowest = larger(lowest, params->difference_min - 1);
    for (int32_t i = 0; i < params->row_size; ++i) {
        int32_t value = INT8_MIN;

        if (row[i] - top > lowest) {
            const int32_t result = scaled(params, row[i] - top) - logarithm;
            value = tinyml_rounding_shift_right(result, 31 - INPUT_INTEGER_BITS - OUTPUT_INTEGER_BITS);
            value = tinyml_clamp(value + INT8_MAX, INT8_MIN, INT8_MAX);
        }
        output[i] = (int8_t)value;
    }
}

void tinyml_reference_log_softmax_int8(const tinyml_log_softmax_int8_params *params, const int8_t *input,
                                       int8_t *output, void *scratch)
{
    (void)scratch;
    for (int32_t row = 0; row < params->rows; ++row) {
        log_softmax_row(params, input + row * params->row_size, output + row * params->row_size);
    }
}

/*
 * Arithmetic of the TensorFlow Lite quantization specification on 32-bit integers.
 *
 * Qm.n is a number with m bits before and n bits after the binary point. Every result is rounded to nearest; the
 * comments say what happens to halves. Shifts of negative numbers to the right are arithmetic, as in GCC.
 */
#ifndef TINYML_FIXED_POINT_H
#define TINYML_FIXED_POINT_H

#include <stdint.h>

/* x limited to [low, high]. */
static inline int32_t tinyml_clamp(int32_t x, int32_t low, int32_t high)
{
    if (x < low) {
        return low;
    }
    return x > high ? high : x;
}

/* x * 2^exponent for exponent in [0, 31], modulo 2^32. */
static inline int32_t tinyml_shift_left(int32_t x, int32_t exponent)
{
    return (int32_t)((uint32_t)x << exponent);
}

/* x * 2^exponent for exponent in [0, 30], limited to the range of 32 bits. */
static inline int32_t tinyml_saturating_shift_left(int32_t x, int32_t exponent)
{
    const int32_t limit = INT32_MAX >> exponent;

    if (x > limit) {
        return INT32_MAX;
    }
    return x < -limit ? INT32_MIN : tinyml_shift_left(x, exponent);
}

/* x / 2^exponent for exponent in [0, 31], halves away from zero. */
static inline int32_t tinyml_rounding_shift_right(int32_t x, int32_t exponent)
{
    const int32_t mask = (int32_t)(((uint32_t)1 << exponent) - 1);
    const int32_t threshold = (mask >> 1) + (x < 0);

    return (x >> exponent) + ((x & mask) > threshold);
}

/* a * b / 2^31, the product of two numbers in Q0.31: halves up; INT32_MIN squared gives INT32_MAX. */
static inline int32_t tinyml_multiply_q31(int32_t a, int32_t b)
{
    if (a == INT32_MIN && b == INT32_MIN) {
        return INT32_MAX;
    }
    return (int32_t)(((int64_t)a * b + (1 << 30)) >> 31);
}

/*
 * x * multiplier * 2^(shift - 31): an accumulator in the scale of the output. The multiplier is in [2^30, 2^31) or
 * 0, the shift in [-31, 30]. Rounds twice, after the product and after the shift to the right, because
 * TensorFlow Lite Micro and CMSIS-NN do.
 */
static inline int32_t tinyml_requantize(int32_t x, int32_t multiplier, int32_t shift)
{
    const int32_t left = shift > 0 ? shift : 0;
    const int32_t right = shift > 0 ? 0 : -shift;

    return tinyml_rounding_shift_right(tinyml_multiply_q31(tinyml_shift_left(x, left), multiplier), right);
}

/* (a + b) / 2, halves away from zero. */
static inline int32_t tinyml_rounding_half_sum(int32_t a, int32_t b)
{
    const int64_t sum = (int64_t)a + b;

    return (int32_t)((sum + (sum < 0 ? -1 : 1)) / 2);
}

/* exp(x) in Q0.31 for x in [-1/4, 0) in Q0.31: four terms of the Taylor series about -1/8. */
static inline int32_t tinyml_exp_of_quarter(int32_t x)
{
    const int32_t exp_of_minus_eighth = 1895147668;
    const int32_t third = 715827883;
    const int32_t y = x + (1 << 28);
    const int32_t y2 = tinyml_multiply_q31(y, y);
    const int32_t y3 = tinyml_multiply_q31(y2, y);
    const int32_t y4 = tinyml_multiply_q31(y2, y2);
    const int32_t cubic = tinyml_multiply_q31(tinyml_rounding_shift_right(y4, 2) + y3, third);
    const int32_t series = y + tinyml_rounding_shift_right(cubic + y2, 1);

    return exp_of_minus_eighth + tinyml_multiply_q31(exp_of_minus_eighth, series);
}

/*
 * exp(x) in Q0.31 for x <= 0 with `integer_bits` (4 or 5) bits before the binary point. x is split into a rest in
 * [-1/4, 0) and a multiple of 1/4, each set bit of which is a factor exp(-2^k).
 */
static inline int32_t tinyml_exp_on_negative(int32_t x, int32_t integer_bits)
{
    static const int32_t factors[] = {
        1672461947, /* exp(-1/4) */
        1302514674, /* exp(-1/2) */
        790015084,  /* exp(-1) */
        290630308,  /* exp(-2) */
        39332535,   /* exp(-4) */
        720401,     /* exp(-8) */
        242,        /* exp(-16) */
    };
    const int32_t quarter = 1 << (31 - integer_bits - 2);
    const int32_t rest = (x & (quarter - 1)) - quarter;
    const int32_t multiple = rest - x;
    int32_t result = tinyml_exp_of_quarter(tinyml_saturating_shift_left(rest, integer_bits));

    if (x == 0) {
        return INT32_MAX;
    }
    for (int32_t bit = 0; bit < integer_bits + 2; ++bit) {
        if (multiple & tinyml_shift_left(quarter, bit)) {
            result = tinyml_multiply_q31(result, factors[bit]);
        }
    }
    return result;
}

/*
 * 1 / (1 + x) in Q0.31 for x in [0, 1) in Q0.31: Newton's method for the reciprocal of d = (1 + x) / 2, three
 * steps from the line 48/17 - 32/17 * d.
 */
static inline int32_t tinyml_reciprocal_of_one_plus(int32_t x)
{
    const int32_t one_q2 = 1 << 29;
    const int32_t half_denominator = tinyml_rounding_half_sum(x, INT32_MAX);
    int32_t quotient = 1515870810 + tinyml_multiply_q31(half_denominator, -1010580540); /* Q2.29 */

    for (int32_t step = 0; step < 3; ++step) {
        const int32_t error = one_q2 - tinyml_multiply_q31(half_denominator, quotient);
        quotient += tinyml_saturating_shift_left(tinyml_multiply_q31(quotient, error), 2);
    }
    return tinyml_saturating_shift_left(quotient, 1);
}

#endif

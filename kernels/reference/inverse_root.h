/* 1 / square root of whole numbers, in fixed point. */
#ifndef TINYML_REFERENCE_INVERSE_ROOT_H
#define TINYML_REFERENCE_INVERSE_ROOT_H

#include "tinyml/fixed_point.h"

/* multiplier * 2^(shift - 31). */
typedef struct {
    int32_t multiplier;
    int32_t shift;
} tinyml_factor;

/* 1 / sqrt(x) for x in [1/4, 1) in Q3.28: Newton's method, five steps from 1. */
static inline int32_t tinyml_inverse_root_q3(int32_t x)
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
static inline tinyml_factor tinyml_inverse_root(int32_t x)
{
    const int32_t half_root_of_2 = 1518500250;
    tinyml_factor result = {INT32_MAX, 0};
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
    result.multiplier = tinyml_multiply_q31(tinyml_inverse_root_q3(x >> 1), half_root_of_2);
    if (right < 0) {
        result.multiplier = tinyml_shift_left(result.multiplier, -right);
    } else {
        result.shift = -right;
    }
    return result;
}

#endif

/* Sums of int16 values times int8 weights: of 64 bits, or of 32 bits where the network asks for those. */
#ifndef TINYML_REFERENCE_WIDE_SUMS_H
#define TINYML_REFERENCE_WIDE_SUMS_H

#include "tinyml/fixed_point.h"

/* The bias of a channel, 0 without one. */
static inline int64_t tinyml_bias_of(const void *bias, int32_t wide, int32_t channel)
{
    if (!bias) {
        return 0;
    }
    return wide ? ((const int64_t *)bias)[channel] : ((const int32_t *)bias)[channel];
}

/*
 * sum * multiplier * 2^(shift - 31). A wide sum takes 48 bits, its multiplier is cut to Q0.15 and its shift is in
 * [-31, 7]; it is rounded once, halves up. A narrow one is rounded as all int32 are.
 */
static inline int32_t tinyml_requantize_sum(int64_t sum, int32_t wide, int32_t multiplier, int32_t shift)
{
    const int32_t cut = multiplier < 0x7FFF0000 ? (multiplier + (1 << 15)) >> 16 : 0x7FFF;
    const int32_t right = 15 - shift;

    if (!wide) {
        return tinyml_requantize((int32_t)sum, multiplier, shift);
    }
    return (int32_t)((sum * cut + ((int64_t)1 << (right - 1))) >> right);
}

#endif

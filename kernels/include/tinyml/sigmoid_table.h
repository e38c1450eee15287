/* The curve that LOGISTIC, TANH and LSTM cells of int16 values share: a table with straight lines between its places. */
#ifndef TINYML_SIGMOID_TABLE_H
#define TINYML_SIGMOID_TABLE_H

#include <stdint.h>

#define TINYML_SIGMOID_LAST 255
#define TINYML_LOGISTIC_BITS 9 /* steps of 1/12288 are 1 / (24 * 2^9) */
#define TINYML_TANH_BITS 8     /* twice as far along the curve: tanh(x) = 2 / (1 + exp(-2 * x)) - 1 */

/* `value` in steps of 1/12288, halves up. */
static inline int32_t tinyml_sigmoid_input(int16_t value, int32_t multiplier, int32_t shift)
{
    return (value * multiplier + (shift > 0 ? 1 << (shift - 1) : 0)) >> shift;
}

/*
 * 1 / (1 + exp(-x)) with 16 + `bits` bits of fraction for x >= 0 in steps of 1 / (24 * 2^bits), between places of the
 * table, or `limit` behind its last step.
 */
static inline int32_t tinyml_table_sigmoid(const uint16_t *table, int32_t x, int32_t bits, int32_t limit)
{
    const int32_t place = x >> bits;
    const int32_t rest = x & ((1 << bits) - 1);

    if (place >= TINYML_SIGMOID_LAST) {
        return limit;
    }
    return (table[place] << bits) + rest * (table[place + 1] - table[place]);
}

/* 1 / (1 + exp(-x)) in Q0.15 for x in steps of 1/12288, halves up; the curve is symmetric to 1/2. */
static inline int16_t tinyml_table_logistic(const uint16_t *table, int32_t x)
{
    const int32_t one = 1 << (16 + TINYML_LOGISTIC_BITS);
    const int32_t limit = one - (2 << TINYML_LOGISTIC_BITS);
    const int32_t upper = tinyml_table_sigmoid(table, x < 0 ? -x : x, TINYML_LOGISTIC_BITS, limit);
    const int32_t value = x < 0 ? one - upper - 1 : upper;

    return (int16_t)((value + (1 << TINYML_LOGISTIC_BITS)) >> (TINYML_LOGISTIC_BITS + 1));
}

/* tanh(x) in Q0.15 for x in steps of 1/12288, halves up; the curve is symmetric to 0. */
static inline int16_t tinyml_table_tanh(const uint16_t *table, int32_t x)
{
    const int32_t half = 1 << (15 + TINYML_TANH_BITS);
    const int32_t limit = 0xFFFF << TINYML_TANH_BITS;
    const int32_t upper = tinyml_table_sigmoid(table, x < 0 ? -x : x, TINYML_TANH_BITS, limit) - half;
    const int32_t value = x < 0 ? -upper - 1 : upper;

    return (int16_t)((value + (1 << (TINYML_TANH_BITS - 1))) >> TINYML_TANH_BITS);
}

#endif

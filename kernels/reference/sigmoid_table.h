/* The curve that LOGISTIC and TANH of int16 values share. */
#ifndef TINYML_REFERENCE_SIGMOID_TABLE_H
#define TINYML_REFERENCE_SIGMOID_TABLE_H

#include <stdint.h>

#define TINYML_SIGMOID_LAST 255

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

#endif

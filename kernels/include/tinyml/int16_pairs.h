/* Sums of int16 values times int8 weights, two products at a time, for cores with the DSP extension. */
#ifndef TINYML_INT16_PAIRS_H
#define TINYML_INT16_PAIRS_H

#include <stdint.h>

/* Two int16 values in memory, the first one in the low half; any of those that a tensor or scratch holds. */
typedef uint32_t __attribute__((may_alias)) tinyml_int16_pair;

/* Copies values. There is no call of memcpy, which takes longer for few of them. */
static inline void tinyml_copy_int16(int16_t *to, const int16_t *from, int32_t count)
{
    for (int32_t i = 0; i < count; ++i) {
        to[i] = from[i];
        __asm__ volatile("");
    }
}

/* Copies pairs of values between addresses that are multiples of 4. */
static inline void tinyml_copy_int16_pairs(int16_t *to, const int16_t *from, int32_t count)
{
    tinyml_int16_pair *pairs = (tinyml_int16_pair *)to;

    for (int32_t i = 0; i < count; ++i) {
        pairs[i] = ((const tinyml_int16_pair *)from)[i];
        __asm__ volatile("");
    }
}

/* Values of int8 without their zero point. */
static inline void tinyml_widen_int8(int16_t *to, const int8_t *from, int32_t count, int32_t zero_point)
{
    for (int32_t i = 0; i < count; ++i) {
        to[i] = (int16_t)(from[i] - zero_point);
    }
}

/* Clears values. */
static inline void tinyml_clear_int16(int16_t *to, int32_t count)
{
    for (int32_t i = 0; i < count; ++i) {
        to[i] = 0;
        __asm__ volatile("");
    }
}

#ifdef __ARM_FEATURE_DSP
/* Bytes 0 and 2 of four weights as a pair. */
static inline uint32_t tinyml_weights_0_2(uint32_t weights)
{
    uint32_t pair;

    __asm__("sxtb16 %0, %1" : "=r"(pair) : "r"(weights));
    return pair;
}

/* Bytes 1 and 3 of four weights as a pair. */
static inline uint32_t tinyml_weights_1_3(uint32_t weights)
{
    uint32_t pair;

    __asm__("sxtb16 %0, %1, ror #8" : "=r"(pair) : "r"(weights));
    return pair;
}

/* The sum and both products of two pairs, modulo 2^32. */
static inline int32_t tinyml_add_products(uint32_t weights, uint32_t values, int32_t sum)
{
    int32_t total;

    __asm__("smlad %0, %1, %2, %3" : "=r"(total) : "r"(weights), "r"(values), "r"(sum));
    return total;
}

/* The sum and the product of the low halves, modulo 2^32. */
static inline int32_t tinyml_add_low_product(uint32_t weights, uint32_t values, int32_t sum)
{
    int32_t total;

    __asm__("smlabb %0, %1, %2, %3" : "=r"(total) : "r"(weights), "r"(values), "r"(sum));
    return total;
}

/* The sum and the product of the high halves, modulo 2^32. */
static inline int32_t tinyml_add_high_product(uint32_t weights, uint32_t values, int32_t sum)
{
    int32_t total;

    __asm__("smlatt %0, %1, %2, %3" : "=r"(total) : "r"(weights), "r"(values), "r"(sum));
    return total;
}
#endif

#endif

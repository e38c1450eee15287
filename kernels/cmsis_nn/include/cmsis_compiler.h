/*
 * Parts of CMSIS-Core that CMSIS-NN v4.0.0 is written with and does not have itself: words of the compiler, and
 * instructions by the Arm C Language Extensions. Later versions have Internal/arm_nn_compiler.h.
 */
#ifndef TINYML_CMSIS_COMPILER_H
#define TINYML_CMSIS_COMPILER_H

#include <arm_acle.h>
#include <stdint.h>

#define __ASM __asm
#define __RESTRICT __restrict
#define __STATIC_INLINE static inline
#define __STATIC_FORCEINLINE static inline __attribute__((always_inline))

__STATIC_FORCEINLINE uint8_t __CLZ(uint32_t value)
{
    return value == 0 ? 32 : (uint8_t)__builtin_clz(value);
}

__STATIC_FORCEINLINE uint32_t __ROR(uint32_t value, uint32_t count)
{
    return (value >> count) | (value << (32 - count));
}

#if defined(__ARM_FEATURE_DSP)
#define __QADD(a, b) __qadd((a), (b))
#define __QADD16(a, b) ((uint32_t)__qadd16((int16x2_t)(a), (int16x2_t)(b)))
#define __QSUB16(a, b) ((uint32_t)__qsub16((int16x2_t)(a), (int16x2_t)(b)))
#define __QSUB8(a, b) ((uint32_t)__qsub8((int8x4_t)(a), (int8x4_t)(b)))
#define __SADD16(a, b) ((uint32_t)__sadd16((int16x2_t)(a), (int16x2_t)(b)))
#define __SMLAD(a, b, sum) __smlad((int16x2_t)(a), (int16x2_t)(b), (int32_t)(sum))
#define __SXTB16(value) ((uint32_t)__sxtb16((int8x4_t)(value)))
#define __SXTAB16(a, b) ((uint32_t)__sxtab16((int16x2_t)(a), (int8x4_t)(b)))
#define __PKHBT(low, high, count)                                                        \
    (((uint32_t)(low) & 0xFFFFu) | (((uint32_t)(high) << (count)) & 0xFFFF0000u))
#define __PKHTB(high, low, count)                                                        \
    (((uint32_t)(high) & 0xFFFF0000u) | ((uint32_t)((int32_t)(low) >> (count)) & 0xFFFFu))

/* One instruction each, for counts of 8, 16 and 24: the compiler makes two of the rotation and the rest. */
__STATIC_FORCEINLINE uint32_t __SXTB16_RORn(uint32_t value, uint32_t count)
{
    uint32_t result;

    __ASM("sxtb16 %0, %1, ror %2" : "=r"(result) : "r"(value), "i"(count));
    return result;
}

__STATIC_FORCEINLINE uint32_t __SXTAB16_RORn(uint32_t sum, uint32_t value, uint32_t count)
{
    uint32_t result;

    __ASM("sxtab16 %0, %1, %2, ror %3" : "=r"(result) : "r"(sum), "r"(value), "i"(count));
    return result;
}
#endif

#endif

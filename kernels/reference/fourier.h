/*
 * Fourier transforms of complex numbers, for a `TINYML_SCALAR` with its products in `TINYML_WIDE`, that a file
 * defines before it includes this one; TINYML_FRACTION_BITS are those of a factor in fixed point.
 *
 * Values are complex: real and imaginary in turn. The length is a power of two. Each stage makes transforms of
 * `radix * count` values of those of `count` values; the innermost stage has radix 2 where 4 does not divide the length.
 */
#ifndef TINYML_REFERENCE_FOURIER_H
#define TINYML_REFERENCE_FOURIER_H

#include <stdint.h>

typedef TINYML_SCALAR tinyml_scalar;

typedef struct {
    tinyml_scalar real;
    tinyml_scalar imaginary;
} tinyml_complex;

#ifdef TINYML_FRACTION_BITS

#define TINYML_ROUNDED(x) \
    ((tinyml_scalar)(((x) + ((TINYML_WIDE)1 << (TINYML_FRACTION_BITS - 1))) >> TINYML_FRACTION_BITS))

/* x / divisor, as a product with a rounded factor. */
static inline tinyml_scalar tinyml_divided(tinyml_scalar x, int32_t divisor)
{
    const tinyml_scalar one = (tinyml_scalar)(((TINYML_WIDE)1 << TINYML_FRACTION_BITS) - 1);

    return TINYML_ROUNDED((TINYML_WIDE)x * (one / divisor));
}

#define TINYML_HALVED(x) ((tinyml_scalar)((x) >> 1))

#else

#define TINYML_ROUNDED(x) (x)
#define TINYML_HALVED(x) ((x) * 0.5f)

static inline tinyml_scalar tinyml_divided(tinyml_scalar x, int32_t divisor)
{
    (void)divisor;
    return x;
}

#endif

static inline tinyml_complex tinyml_scaled_down(tinyml_complex x, int32_t divisor)
{
    return (tinyml_complex){tinyml_divided(x.real, divisor), tinyml_divided(x.imaginary, divisor)};
}

static inline tinyml_complex tinyml_sum(tinyml_complex a, tinyml_complex b)
{
    return (tinyml_complex){(tinyml_scalar)(a.real + b.real), (tinyml_scalar)(a.imaginary + b.imaginary)};
}

static inline tinyml_complex tinyml_difference(tinyml_complex a, tinyml_complex b)
{
    return (tinyml_complex){(tinyml_scalar)(a.real - b.real), (tinyml_scalar)(a.imaginary - b.imaginary)};
}

static inline tinyml_complex tinyml_product(tinyml_complex a, tinyml_complex b)
{
    return (tinyml_complex){
        TINYML_ROUNDED((TINYML_WIDE)a.real * b.real - (TINYML_WIDE)a.imaginary * b.imaginary),
        TINYML_ROUNDED((TINYML_WIDE)a.real * b.imaginary + (TINYML_WIDE)a.imaginary * b.real)};
}

/* One stage of radix 2: `count` sums and differences of x[k] and x[k + count], with every `step`-th factor. */
static inline void tinyml_stage_2(tinyml_complex *x, const tinyml_complex *factors, int32_t count, int32_t step)
{
    for (int32_t k = 0; k < count; ++k) {
        const tinyml_complex first = tinyml_scaled_down(x[k], 2);
        const tinyml_complex second = tinyml_product(tinyml_scaled_down(x[k + count], 2), factors[k * step]);
        x[k] = tinyml_sum(first, second);
        x[k + count] = tinyml_difference(first, second);
    }
}

/* One stage of radix 4; `inverse` is 1 or 0. */
static inline void tinyml_stage_4(tinyml_complex *x, const tinyml_complex *factors, int32_t count, int32_t step,
                                  int inverse)
{
    for (int32_t k = 0; k < count; ++k) {
        tinyml_complex *const value = x + k;
        const tinyml_complex zero = tinyml_scaled_down(value[0], 4);
        const tinyml_complex one = tinyml_product(tinyml_scaled_down(value[count], 4), factors[k * step]);
        const tinyml_complex two = tinyml_product(tinyml_scaled_down(value[2 * count], 4), factors[2 * k * step]);
        const tinyml_complex three =
            tinyml_product(tinyml_scaled_down(value[3 * count], 4), factors[3 * k * step]);
        const tinyml_complex even = tinyml_sum(zero, two);
        const tinyml_complex even_rest = tinyml_difference(zero, two);
        const tinyml_complex odd = tinyml_sum(one, three);
        const tinyml_complex odd_rest = tinyml_difference(one, three);
        const tinyml_complex turned = {odd_rest.imaginary, (tinyml_scalar)-odd_rest.real}; /* times -i */

        value[0] = tinyml_sum(even, odd);
        value[2 * count] = tinyml_difference(even, odd);
        value[count] = inverse ? tinyml_difference(even_rest, turned) : tinyml_sum(even_rest, turned);
        value[3 * count] = inverse ? tinyml_sum(even_rest, turned) : tinyml_difference(even_rest, turned);
    }
}

/* The transform of input[length] to output[length], which do not overlap. */
static inline void tinyml_transform(const tinyml_complex *input, tinyml_complex *output,
                                    const tinyml_complex *factors, int32_t length, int inverse)
{
    /* Places of the output are numbers to base 4, the last digit to base 2 for odd powers; the input has them
     * the other way around. */
    const int32_t innermost = __builtin_ctz((uint32_t)length) & 1 ? 2 : 4;

    for (int32_t i = 0; i < length; ++i) {
        int32_t rest = i;
        int32_t place = 0;
        int32_t weight = length / innermost;
        if (length > 1) {
            place = rest % innermost * weight;
            rest /= innermost;
        }
        while (weight > 1) {
            weight /= 4;
            place += rest % 4 * weight;
            rest /= 4;
        }
        output[i] = input[place];
    }
    for (int32_t count = 1; count < length;) {
        const int32_t radix = count == 1 ? innermost : 4;
        const int32_t step = length / (radix * count);
        for (int32_t first = 0; first < length; first += radix * count) {
            if (radix == 2) {
                tinyml_stage_2(output + first, factors, count, step);
            } else {
                tinyml_stage_4(output + first, factors, count, step, inverse);
            }
        }
        count *= radix;
    }
}

/* Defines the kernel SIGNAL_RFFT tinyml_reference_signal_rfft_<name>. */
#define TINYML_DEFINE_RFFT(name)                                                                             \
    tinyml_signal_rfft_##name##_kernel tinyml_reference_signal_rfft_##name;                                  \
    void tinyml_reference_signal_rfft_##name(const tinyml_signal_rfft_##name##_params *params,               \
                                             const tinyml_scalar *input, tinyml_scalar *output,              \
                                             void *scratch)                                                  \
    {                                                                                                        \
        tinyml_scalar *const padded = scratch;                                                               \
        const int32_t length = params->fft_length / 2;                                                       \
        for (int32_t row = 0; row < params->rows; ++row) {                                                   \
            tinyml_complex *const spectrum = (tinyml_complex *)output;                                       \
            for (int32_t i = 0; i < params->fft_length; ++i) {                                               \
                padded[i] = i < params->input_size ? input[i] : 0;                                           \
            }                                                                                                \
            tinyml_transform((const tinyml_complex *)padded, spectrum, (const tinyml_complex *)params->factors, \
                             length, 0);                                                                     \
            tinyml_separate(spectrum, (const tinyml_complex *)params->separating, length);                   \
            input += params->input_size;                                                                     \
            output += params->fft_length + 2;                                                                \
        }                                                                                                    \
    }

/* Defines the kernel SIGNAL_IRFFT tinyml_reference_signal_irfft_<name>; `divisor` divides every result. */
#define TINYML_DEFINE_IRFFT(name, divisor)                                                                   \
    tinyml_signal_irfft_##name##_kernel tinyml_reference_signal_irfft_##name;                                \
    void tinyml_reference_signal_irfft_##name(const tinyml_signal_irfft_##name##_params *params,             \
                                              const tinyml_scalar *input, tinyml_scalar *output,             \
                                              void *scratch)                                                 \
    {                                                                                                        \
        tinyml_complex *const joined = scratch;                                                              \
        const int32_t length = params->fft_length / 2;                                                       \
        for (int32_t row = 0; row < params->rows; ++row) {                                                   \
            tinyml_join((const tinyml_complex *)input, joined, (const tinyml_complex *)params->separating, length); \
            tinyml_transform(joined, (tinyml_complex *)output, (const tinyml_complex *)params->factors, length, 1); \
            for (int32_t i = 0; i < params->fft_length; ++i) {                                               \
                output[i] = (tinyml_scalar)(output[i] / (divisor));                                          \
            }                                                                                                \
            input += params->fft_length + 2;                                                                 \
            output += params->fft_length;                                                                    \
        }                                                                                                    \
    }

/*
 * The spectrum of 2 * length real numbers, of which every pair was one complex number, in place: x[length] is the
 * transform, and becomes x[length + 1].
 */
static inline void tinyml_separate(tinyml_complex *x, const tinyml_complex *separating, int32_t length)
{
    const tinyml_complex constant = tinyml_scaled_down(x[0], 2);

    for (int32_t k = 1; k <= length / 2; ++k) {
        const tinyml_complex other = {x[length - k].real, (tinyml_scalar)-x[length - k].imaginary};
        const tinyml_complex near = tinyml_scaled_down(x[k], 2);
        const tinyml_complex far = tinyml_scaled_down(other, 2);
        const tinyml_complex even = tinyml_sum(near, far);
        const tinyml_complex odd = tinyml_product(tinyml_difference(near, far), separating[k - 1]);
        x[k].real = TINYML_HALVED((TINYML_WIDE)even.real + odd.real);
        x[k].imaginary = TINYML_HALVED((TINYML_WIDE)even.imaginary + odd.imaginary);
        x[length - k].real = TINYML_HALVED((TINYML_WIDE)even.real - odd.real);
        x[length - k].imaginary = TINYML_HALVED((TINYML_WIDE)odd.imaginary - even.imaginary);
    }
    x[length] = (tinyml_complex){(tinyml_scalar)(constant.real - constant.imaginary), 0};
    x[0] = (tinyml_complex){(tinyml_scalar)(constant.real + constant.imaginary), 0};
}

/* The opposite: complex numbers, whose transform has pairs of real numbers, of the spectrum x[length + 1]. */
static inline void tinyml_join(const tinyml_complex *x, tinyml_complex *joined, const tinyml_complex *separating,
                               int32_t length)
{
    const tinyml_complex constant = {(tinyml_scalar)(x[0].real + x[length].real),
                                     (tinyml_scalar)(x[0].real - x[length].real)};

    joined[0] = tinyml_scaled_down(constant, 2);
    for (int32_t k = 1; k <= length / 2; ++k) {
        const tinyml_complex other = {x[length - k].real, (tinyml_scalar)-x[length - k].imaginary};
        const tinyml_complex near = tinyml_scaled_down(x[k], 2);
        const tinyml_complex far = tinyml_scaled_down(other, 2);
        const tinyml_complex even = tinyml_sum(near, far);
        const tinyml_complex odd = tinyml_product(tinyml_difference(near, far), separating[k - 1]);
        const tinyml_complex rest = tinyml_difference(even, odd);
        joined[k] = tinyml_sum(even, odd);
        joined[length - k] = (tinyml_complex){rest.real, (tinyml_scalar)-rest.imaginary};
    }
}

#endif

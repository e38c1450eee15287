#include "sigmoid_table.h"
#include "tinyml/tanh.h"

#define BITS 8 /* twice as far along the curve as LOGISTIC: tanh(x) = 2 / (1 + exp(-2 * x)) - 1 */
#define HALF (1 << (15 + BITS))

tinyml_tanh_int16_kernel tinyml_reference_tanh_int16;

/* Q0.15, halves up; the curve is symmetric to 0. */
static int16_t hyperbolic_tangent(const uint16_t *table, int32_t x)
{
    const int32_t upper = tinyml_table_sigmoid(table, x < 0 ? -x : x, BITS, 0xFFFF << BITS) - HALF;
    const int32_t value = x < 0 ? -upper - 1 : upper;

    return (int16_t)((value + (1 << (BITS - 1))) >> BITS);
}

void tinyml_reference_tanh_int16(const tinyml_tanh_int16_params *params, const int16_t *input,
                                 int16_t *output, void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        const int32_t x = tinyml_sigmoid_input(input[i], params->multiplier, params->shift);
        output[i] = hyperbolic_tangent(params->table, x);
    }
}

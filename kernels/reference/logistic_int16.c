#include "sigmoid_table.h"
#include "tinyml/logistic.h"

#define BITS 9 /* steps of 1/12288 are 1 / (24 * 2^9) */
#define ONE (1 << (16 + BITS))

tinyml_logistic_int16_kernel tinyml_reference_logistic_int16;

/* Q0.15, halves up; the curve is symmetric to 1/2. */
static int16_t logistic(const uint16_t *table, int32_t x)
{
    const int32_t upper = tinyml_table_sigmoid(table, x < 0 ? -x : x, BITS, ONE - (2 << BITS));
    const int32_t value = x < 0 ? ONE - upper - 1 : upper;

    return (int16_t)((value + (1 << BITS)) >> (BITS + 1));
}

void tinyml_reference_logistic_int16(const tinyml_logistic_int16_params *params, const int16_t *input,
                                     int16_t *output, void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        const int32_t x = tinyml_sigmoid_input(input[i], params->multiplier, params->shift);
        output[i] = logistic(params->table, x);
    }
}

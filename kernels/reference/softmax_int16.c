#include "interpolated.h"
#include "tinyml/fixed_point.h"
#include "tinyml/softmax.h"

tinyml_softmax_int16_kernel tinyml_reference_softmax_int16;

static int16_t row_maximum(const int16_t *row, int32_t size)
{
    int16_t largest = INT16_MIN;

    for (int32_t i = 0; i < size; ++i) {
        largest = row[i] > largest ? row[i] : largest;
    }
    return largest;
}

/* exp(beta * scale * difference) in Q0.15 for difference <= 0. */
static int32_t exponential(const tinyml_softmax_int16_params *params, int32_t difference)
{
    const int32_t scaled = tinyml_requantize(difference, params->input_multiplier, params->input_shift);

    return tinyml_interpolated(params->exp_table, tinyml_clamp(scaled + INT16_MAX, INT16_MIN, INT16_MAX));
}

/* 2^k / sum in Q0.15 for a sum of `headroom` leading zeros, normalized to [1, 2). */
static int32_t reciprocal(const int16_t *table, int32_t sum, int32_t headroom)
{
    const int32_t normalized = tinyml_shift_left(sum, headroom - 1);
    const int32_t in_q16 = (normalized >> 14) + (normalized >> 13 & 1);

    return tinyml_interpolated(table, tinyml_clamp(in_q16 - (1 << 15) - (1 << 16), INT16_MIN, INT16_MAX));
}

/* The exponentials wait in the output for their sum. */
static void softmax_row(const tinyml_softmax_int16_params *params, const int16_t *row, int16_t *output)
{
    const int32_t maximum = row_maximum(row, params->row_size);
    int32_t sum = 0;

    for (int32_t i = 0; i < params->row_size; ++i) {
        output[i] = (int16_t)exponential(params, row[i] - maximum);
        sum += output[i];
    }
    const int32_t headroom = __builtin_clz((uint32_t)sum);
    const int32_t factor = reciprocal(params->reciprocal_table, sum, headroom);
    const int32_t right = 31 - headroom;

    for (int32_t i = 0; i < params->row_size; ++i) {
        const int64_t share = ((int64_t)output[i] * factor + ((int64_t)1 << (right - 1))) >> right;
        output[i] = (int16_t)tinyml_clamp((int32_t)share, 0, INT16_MAX);
    }
}

void tinyml_reference_softmax_int16(const tinyml_softmax_int16_params *params, const int16_t *input,
                                    int16_t *output, void *scratch)
{
    (void)scratch;
    for (int32_t row = 0; row < params->rows; ++row) {
        softmax_row(params, input + row * params->row_size, output + row * params->row_size);
    }
}

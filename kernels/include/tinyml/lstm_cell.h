/* What becomes of the sums of an LSTM's gates in fixed point, one cell and one step. */
#ifndef TINYML_LSTM_CELL_H
#define TINYML_LSTM_CELL_H

#include "tinyml/fixed_point.h"
#include "tinyml/sigmoid_table.h"

#define TINYML_LSTM_GATES 4 /* input, forget, cell, output */

typedef struct {
    const uint16_t *table;
    int32_t fraction_bits; /* of the cell, [-2, 30] */
    int32_t cell_min;
    int32_t cell_max;
    int32_t hidden_multiplier;
    int32_t hidden_shift;
} tinyml_lstm_rule;

/* The rule in the parameters of any integer kernel. */
#define TINYML_LSTM_RULE(params)                                                                                \
    {                                                                                                          \
        .table = (params)->table, .fraction_bits = (params)->cell_fraction_bits,                               \
        .cell_min = (params)->cell_min, .cell_max = (params)->cell_max,                                        \
        .hidden_multiplier = (params)->hidden_multiplier, .hidden_shift = (params)->hidden_shift,              \
    }

static inline int16_t tinyml_saturate_int16(int32_t x)
{
    return (int16_t)tinyml_clamp(x, INT16_MIN, INT16_MAX);
}

/* a * b / 2^bits for bits in [0, 32], rounded twice as tinyml_requantize does. */
static inline int16_t tinyml_lstm_product(int32_t a, int32_t b, int32_t bits)
{
    return tinyml_saturate_int16(tinyml_requantize(a * b, 1 << 30, 1 - bits));
}

/* Output of a cell before its zero point is added; `gates` are the sums of the four gates in Q3.12. */
static inline int32_t tinyml_lstm_cell(const tinyml_lstm_rule *rule, const int16_t *gates, int16_t *cell)
{
    const int32_t spare = 12 - rule->fraction_bits; /* what the cell's scale is above 2^-12 */
    const int32_t in = tinyml_table_logistic(rule->table, gates[0] * 3);
    const int32_t forget = tinyml_table_logistic(rule->table, gates[1] * 3);
    const int32_t candidate = tinyml_table_tanh(rule->table, gates[2] * 3);
    const int32_t out = tinyml_table_logistic(rule->table, gates[3] * 3);
    const int32_t kept = tinyml_lstm_product(forget, *cell, 15);
    const int32_t added = tinyml_lstm_product(in, candidate, 30 - rule->fraction_bits);

    *cell = (int16_t)tinyml_clamp(kept + added, rule->cell_min, rule->cell_max);
    const int32_t x = tinyml_sigmoid_input(*cell, spare > 0 ? 3 << spare : 3, spare > 0 ? 0 : -spare);

    return tinyml_requantize(tinyml_table_tanh(rule->table, x) * out, rule->hidden_multiplier, rule->hidden_shift);
}

/* The same of sums over the input and over the last outputs, those of the gates `stride` apart. */
static inline int32_t tinyml_lstm_cell_of(const tinyml_lstm_rule *rule, const int16_t *fresh, const int16_t *kept,
                                          int32_t stride, int16_t *cell)
{
    int16_t gates[TINYML_LSTM_GATES];

    for (int32_t g = 0; g < TINYML_LSTM_GATES; ++g) {
        gates[g] = tinyml_saturate_int16(fresh[g * stride] + kept[g * stride]);
    }
    return tinyml_lstm_cell(rule, gates, cell);
}

#endif

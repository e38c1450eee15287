/* What SVDF kernels of integers share, whatever they remember in. */
#ifndef TINYML_REFERENCE_SVDF_H
#define TINYML_REFERENCE_SVDF_H

#include <string.h>

#include "tinyml/fixed_point.h"
#include "tinyml/svdf.h"

/* Every row of the state one step to the older end, which leaves room for the new value at the other. */
static inline void tinyml_forget_oldest(void *state, int32_t count, uint32_t item_bytes)
{
    memmove(state, (const uint8_t *)state + item_bytes, (uint32_t)(count - 1) * item_bytes);
}

/* The new value of a filter, before it is limited to the type of the state. */
static inline int32_t tinyml_svdf_feature(const tinyml_svdf_int8_params *params, const int8_t *input,
                                          const int8_t *weights)
{
    int32_t sum = 0;

    for (int32_t i = 0; i < params->input_size; ++i) {
        sum += weights[i] * (input[i] + params->input_offset);
    }
    return tinyml_requantize(sum, params->feature_multiplier, params->feature_shift);
}

/*
 * The whole layer for a state of the type `state_t`, whose limits are `low` and `high`. As in TensorFlow Lite Micro, a
 * value is limited before the zero point of the state is added, and wraps around where the sum does not fit.
 */
#define TINYML_SVDF(params, state_t, low, high, input, feature_weights, time_weights, bias, state, output)      \
    do {                                                                                                       \
        const int32_t filters = (params)->filters;                                                             \
        const int32_t memory = (params)->memory;                                                               \
        state_t *row = (state);                                                                                \
        tinyml_forget_oldest(row, (params)->batches * filters * memory, sizeof(state_t));                      \
        for (int32_t batch = 0; batch < (params)->batches; ++batch) {                                          \
            const int8_t *const values = (input) + batch * (params)->input_size;                               \
            int32_t sum = 0;                                                                                   \
            for (int32_t filter = 0; filter < filters; ++filter, row += memory) {                              \
                const int32_t unit = filter / (params)->rank;                                                  \
                const int8_t *const features = (feature_weights) + filter * (params)->input_size;              \
                const int32_t feature = tinyml_svdf_feature(params, values, features);                         \
                sum = filter % (params)->rank ? sum : (bias)[unit];                                            \
                row[memory - 1] = (state_t)(tinyml_clamp(feature, low, high) - (params)->state_offset);        \
                for (int32_t time = 0; time < memory; ++time) {                                                \
                    sum += (time_weights)[filter * memory + time] * (row[time] + (params)->state_offset);      \
                }                                                                                              \
                if (filter % (params)->rank == (params)->rank - 1) {                                           \
                    const int32_t scaled =                                                                     \
                        tinyml_requantize(sum, (params)->output_multiplier, (params)->output_shift);           \
                    *(output)++ = (int8_t)tinyml_clamp(scaled + (params)->output_offset, INT8_MIN, INT8_MAX);  \
                }                                                                                              \
            }                                                                                                  \
        }                                                                                                      \
    } while (0)

#endif

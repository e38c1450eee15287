#include "tinyml/svdf.h"

#include <string.h>

tinyml_svdf_float32_kernel tinyml_reference_svdf_float32;

static float dot(const float *a, const float *b, int32_t size)
{
    float sum = 0.0f;

    for (int32_t i = 0; i < size; ++i) {
        sum += a[i] * b[i];
    }
    return sum;
}

static float clamped(const tinyml_svdf_float32_params *params, float value)
{
    const float above = value > params->activation_min ? value : params->activation_min;

    return above < params->activation_max ? above : params->activation_max;
}

void tinyml_reference_svdf_float32(const tinyml_svdf_float32_params *params, const float *input,
                                   const float *feature_weights, const float *time_weights, const float *bias,
                                   float *state, float *output, void *scratch)
{
    const int32_t memory = params->memory;
    const int32_t units = params->filters / params->rank;
    const uint32_t count = (uint32_t)(params->batches * params->filters * memory);

    (void)scratch;
    memmove(state, state + 1, (count - 1) * sizeof(*state));
    for (int32_t batch = 0; batch < params->batches; ++batch) {
        for (int32_t unit = 0; unit < units; ++unit) {
            float sum = bias[unit];

            for (int32_t i = 0; i < params->rank; ++i, state += memory) {
                const int32_t filter = unit * params->rank + i;
                const float *const features = feature_weights + filter * params->input_size;

                state[memory - 1] = dot(features, input, params->input_size);
                sum += dot(time_weights + filter * memory, state, memory);
            }
            *output++ = clamped(params, sum);
        }
        input += params->input_size;
    }
}

#include "reduction.h"
#include "tinyml/mean.h"

tinyml_mean_float32_kernel tinyml_reference_mean_float32;

static inline float added(float sum, float value)
{
    return sum + value;
}

static inline float divided(const tinyml_mean_float32_params *params, float sum)
{
    return sum / params->divisor;
}

void tinyml_reference_mean_float32(const tinyml_mean_float32_params *params, const float *input,
                                   float *output, void *scratch)
{
    (void)scratch;
    TINYML_REDUCE(params, input, output, float, 0.0f, added, divided);
}

#include "strided_reduction.h"
#include "tinyml/strided_mean.h"

tinyml_strided_mean_float32_kernel tinyml_reference_strided_mean_float32;

static inline float added(const tinyml_strided_mean_float32_params *params, float sum, float value)
{
    (void)params;
    return sum + value;
}

static inline float divided(const tinyml_strided_mean_float32_params *params, float sum)
{
    return sum / params->divisor;
}

void tinyml_reference_strided_mean_float32(const tinyml_strided_mean_float32_params *params, const float *input,
                                           float *output, void *scratch)
{
    (void)scratch;
    TINYML_STRIDED_REDUCE(params, input, output, float, 0.0f, added, divided);
}

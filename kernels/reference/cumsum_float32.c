#include "cumsum.h"

tinyml_cumsum_float32_kernel tinyml_reference_cumsum_float32;

static inline float unchanged(const tinyml_cumsum_float32_params *params, float value)
{
    (void)params;
    return value;
}

void tinyml_reference_cumsum_float32(const tinyml_cumsum_float32_params *params, const float *input,
                                     float *output, void *scratch)
{
    (void)scratch;
    TINYML_ACCUMULATE(params, input, output, float, 0.0f, unchanged, unchanged);
}

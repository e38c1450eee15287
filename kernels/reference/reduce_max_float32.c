#include <float.h>

#include "reduction.h"
#include "tinyml/reduce_max.h"

tinyml_reduce_max_float32_kernel tinyml_reference_reduce_max_float32;

static inline float larger(float largest, float value)
{
    return value > largest ? value : largest;
}

static inline float unchanged(const tinyml_reduce_max_float32_params *params, float largest)
{
    (void)params;
    return largest;
}

void tinyml_reference_reduce_max_float32(const tinyml_reduce_max_float32_params *params,
                                         const float *input, float *output, void *scratch)
{
    (void)scratch;
    TINYML_REDUCE(params, input, output, float, -FLT_MAX, larger, unchanged);
}

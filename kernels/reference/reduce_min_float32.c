#include <float.h>

#include "reduction.h"
#include "tinyml/reduce_min.h"

tinyml_reduce_min_float32_kernel tinyml_reference_reduce_min_float32;

static inline float smaller(float smallest, float value)
{
    return value < smallest ? value : smallest;
}

static inline float unchanged(const tinyml_reduce_min_float32_params *params, float smallest)
{
    (void)params;
    return smallest;
}

void tinyml_reference_reduce_min_float32(const tinyml_reduce_min_float32_params *params,
                                         const float *input, float *output, void *scratch)
{
    (void)scratch;
    TINYML_REDUCE(params, input, output, float, FLT_MAX, smaller, unchanged);
}

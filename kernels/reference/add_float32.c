#include "broadcast.h"
#include "tinyml/add.h"
#include "tinyml/float_range.h"

tinyml_add_float32_kernel tinyml_reference_add_float32;

static inline float sum(const tinyml_add_float32_params *params, float a, float b)
{
    return tinyml_clamp_float(a + b, params->activation_min, params->activation_max);
}

void tinyml_reference_add_float32(const tinyml_add_float32_params *params, const float *input_1,
                                  const float *input_2, float *output, void *scratch)
{
    (void)scratch;
    TINYML_FOR_EACH_PAIR(params, input_1, input_2, output, sum);
}

#include "broadcast.h"
#include "tinyml/div.h"
#include "tinyml/float_range.h"

tinyml_div_float32_kernel tinyml_reference_div_float32;

static inline float quotient(const tinyml_div_float32_params *params, float a, float b)
{
    return tinyml_clamp_float(a / b, params->activation_min, params->activation_max);
}

void tinyml_reference_div_float32(const tinyml_div_float32_params *params, const float *input_1,
                                  const float *input_2, float *output, void *scratch)
{
    (void)scratch;
    TINYML_FOR_EACH_PAIR(params, input_1, input_2, output, quotient);
}

#include "broadcast.h"
#include "tinyml/pow.h"

#include <math.h>

tinyml_pow_float32_kernel tinyml_reference_pow_float32;

static inline float power(const tinyml_pow_float32_params *params, float a, float b)
{
    (void)params;
    return powf(a, b);
}

void tinyml_reference_pow_float32(const tinyml_pow_float32_params *params, const float *input_1,
                                  const float *input_2, float *output, void *scratch)
{
    (void)scratch;
    TINYML_FOR_EACH_PAIR(params, input_1, input_2, output, power);
}

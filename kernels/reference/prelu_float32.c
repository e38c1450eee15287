#include "broadcast.h"
#include "tinyml/prelu.h"

tinyml_prelu_float32_kernel tinyml_reference_prelu_float32;

static inline float activated(const tinyml_prelu_float32_params *params, float a, float b)
{
    (void)params;
    return a >= 0.0f ? a : a * b;
}

void tinyml_reference_prelu_float32(const tinyml_prelu_float32_params *params, const float *input_1,
                                    const float *input_2, float *output, void *scratch)
{
    (void)scratch;
    TINYML_FOR_EACH_PAIR(params, input_1, input_2, output, activated);
}

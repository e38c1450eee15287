#include "batch_matmul.h"

tinyml_batch_matmul_float32_kernel tinyml_reference_batch_matmul_float32;

static inline float product(const tinyml_batch_matmul_float32_params *params, float a, float b)
{
    (void)params;
    return a * b;
}

static inline float unchanged(const tinyml_batch_matmul_float32_params *params, float sum)
{
    (void)params;
    return sum;
}

void tinyml_reference_batch_matmul_float32(const tinyml_batch_matmul_float32_params *params,
                                           const float *input_1, const float *input_2, float *output,
                                           void *scratch)
{
    (void)scratch;
    TINYML_MULTIPLY_MATRICES(params, input_1, input_2, output, float, product, unchanged);
}

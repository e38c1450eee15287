#include "batch_matmul.h"
#include "wide_sums.h"

tinyml_batch_matmul_int16_kernel tinyml_reference_batch_matmul_int16;

static inline int32_t product(const tinyml_batch_matmul_int16_params *params, int16_t a, int16_t b)
{
    (void)params;
    return a * b;
}

static inline int16_t scaled(const tinyml_batch_matmul_int16_params *params, int64_t sum)
{
    const int32_t value = tinyml_requantize_sum(sum, 1, params->multiplier, params->shift);

    return (int16_t)tinyml_clamp(value, INT16_MIN, INT16_MAX);
}

void tinyml_reference_batch_matmul_int16(const tinyml_batch_matmul_int16_params *params,
                                         const int16_t *input_1, const int16_t *input_2, int16_t *output,
                                         void *scratch)
{
    (void)scratch;
    TINYML_MULTIPLY_MATRICES(params, input_1, input_2, output, int64_t, product, scaled);
}

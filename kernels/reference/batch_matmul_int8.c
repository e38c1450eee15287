#include "batch_matmul.h"
#include "tinyml/fixed_point.h"

tinyml_batch_matmul_int8_kernel tinyml_reference_batch_matmul_int8;

static inline int32_t product(const tinyml_batch_matmul_int8_params *params, int8_t a, int8_t b)
{
    return (a + params->input_1_offset) * (b + params->input_2_offset);
}

static inline int8_t scaled(const tinyml_batch_matmul_int8_params *params, int32_t sum)
{
    const int32_t value = tinyml_requantize(sum, params->multiplier, params->shift) + params->output_offset;

    return (int8_t)tinyml_clamp(value, INT8_MIN, INT8_MAX);
}

void tinyml_reference_batch_matmul_int8(const tinyml_batch_matmul_int8_params *params, const int8_t *input_1,
                                        const int8_t *input_2, int8_t *output, void *scratch)
{
    (void)scratch;
    TINYML_MULTIPLY_MATRICES(params, input_1, input_2, output, int32_t, product, scaled);
}

#include "broadcast.h"
#include "tinyml/fixed_point.h"
#include "tinyml/prelu.h"

tinyml_prelu_int8_kernel tinyml_reference_prelu_int8;

static inline int8_t activated(const tinyml_prelu_int8_params *params, int8_t a, int8_t b)
{
    const int32_t x = a + params->input_offset;
    const int32_t product = x * (b + params->alpha_offset);
    const int32_t value = x >= 0
                              ? tinyml_requantize(x, params->identity_multiplier, params->identity_shift)
                              : tinyml_requantize(product, params->product_multiplier, params->product_shift);

    return (int8_t)tinyml_clamp(value + params->output_offset, INT8_MIN, INT8_MAX);
}

void tinyml_reference_prelu_int8(const tinyml_prelu_int8_params *params, const int8_t *input_1,
                                 const int8_t *input_2, int8_t *output, void *scratch)
{
    (void)scratch;
    TINYML_FOR_EACH_PAIR(params, input_1, input_2, output, activated);
}

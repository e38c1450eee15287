/* What PRELU makes of quantized values. */
#ifndef TINYML_REFERENCE_PRELU_H
#define TINYML_REFERENCE_PRELU_H

#include "tinyml/fixed_point.h"
#include "tinyml/prelu.h"

/* In the scale of the output, not limited; int16 kernels have the parameters of the int8 kernels. */
static inline int32_t tinyml_activated(const tinyml_prelu_int8_params *params, int32_t a, int32_t b)
{
    const int32_t x = a + params->input_offset;
    const int32_t product = x * (b + params->alpha_offset);
    const int32_t value = x >= 0
                              ? tinyml_requantize(x, params->identity_multiplier, params->identity_shift)
                              : tinyml_requantize(product, params->product_multiplier, params->product_shift);

    return value + params->output_offset;
}

#endif

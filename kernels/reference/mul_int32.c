#include "broadcast.h"
#include "tinyml/fixed_point.h"
#include "tinyml/mul.h"

tinyml_mul_int32_kernel tinyml_reference_mul_int32;

static inline int32_t product(const tinyml_mul_int32_params *params, int32_t a, int32_t b)
{
    const int32_t value = (int32_t)((uint32_t)a * (uint32_t)b);

    return tinyml_clamp(value, params->activation_min, params->activation_max);
}

void tinyml_reference_mul_int32(const tinyml_mul_int32_params *params, const int32_t *input_1,
                                const int32_t *input_2, int32_t *output, void *scratch)
{
    (void)scratch;
    TINYML_FOR_EACH_PAIR(params, input_1, input_2, output, product);
}

#include "broadcast.h"
#include "tinyml/div.h"
#include "tinyml/fixed_point.h"

tinyml_div_int32_kernel tinyml_reference_div_int32;

/* What a division by 0, or one that overflows, gives is not defined; it is 0 here. */
static inline int32_t quotient(const tinyml_div_int32_params *params, int32_t a, int32_t b)
{
    const int32_t value = b == 0 || (a == INT32_MIN && b == -1) ? 0 : a / b;

    return tinyml_clamp(value, params->activation_min, params->activation_max);
}

void tinyml_reference_div_int32(const tinyml_div_int32_params *params, const int32_t *input_1,
                                const int32_t *input_2, int32_t *output, void *scratch)
{
    (void)scratch;
    TINYML_FOR_EACH_PAIR(params, input_1, input_2, output, quotient);
}

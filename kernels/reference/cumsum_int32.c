#include "cumsum.h"

tinyml_cumsum_int32_kernel tinyml_reference_cumsum_int32;

static inline uint32_t unsigned_value(const tinyml_cumsum_int32_params *params, int32_t value)
{
    (void)params;
    return (uint32_t)value;
}

static inline int32_t signed_value(const tinyml_cumsum_int32_params *params, uint32_t sum)
{
    (void)params;
    return (int32_t)sum;
}

void tinyml_reference_cumsum_int32(const tinyml_cumsum_int32_params *params, const int32_t *input,
                                   int32_t *output, void *scratch)
{
    (void)scratch;
    TINYML_ACCUMULATE(params, input, output, uint32_t, 0, unsigned_value, signed_value);
}

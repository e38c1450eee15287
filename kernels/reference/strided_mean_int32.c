#include "strided_reduction.h"
#include "tinyml/strided_mean.h"

tinyml_strided_mean_int32_kernel tinyml_reference_strided_mean_int32;

static inline int64_t added(const tinyml_strided_mean_int32_params *params, int64_t sum, int32_t value)
{
    (void)params;
    return sum + value;
}

static inline int32_t divided(const tinyml_strided_mean_int32_params *params, int64_t sum)
{
    if (params->divisor == 1) {
        return (int32_t)sum; /* of a SUM: dividing 64 bits takes hundreds of cycles */
    }
    return (int32_t)(sum / params->divisor);
}

void tinyml_reference_strided_mean_int32(const tinyml_strided_mean_int32_params *params, const int32_t *input,
                                         int32_t *output, void *scratch)
{
    (void)scratch;
    TINYML_STRIDED_REDUCE(params, input, output, int64_t, 0, added, divided);
}

#include "broadcast.h"
#include "tinyml/squared_difference.h"

tinyml_squared_difference_int32_kernel tinyml_reference_squared_difference_int32;

static inline int32_t square(const tinyml_squared_difference_int32_params *params, int32_t a, int32_t b)
{
    const uint32_t difference = (uint32_t)a - (uint32_t)b;

    (void)params;
    return (int32_t)(difference * difference);
}

void tinyml_reference_squared_difference_int32(const tinyml_squared_difference_int32_params *params,
                                               const int32_t *input_1, const int32_t *input_2,
                                               int32_t *output, void *scratch)
{
    (void)scratch;
    TINYML_FOR_EACH_PAIR(params, input_1, input_2, output, square);
}

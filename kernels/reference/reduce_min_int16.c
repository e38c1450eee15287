#include "reduction.h"
#include "tinyml/reduce_min.h"

tinyml_reduce_min_int16_kernel tinyml_reference_reduce_min_int16;

static inline int16_t smaller(int16_t smallest, int16_t value)
{
    return value < smallest ? value : smallest;
}

static inline int16_t unchanged(const tinyml_reduce_min_int16_params *params, int16_t smallest)
{
    (void)params;
    return smallest;
}

void tinyml_reference_reduce_min_int16(const tinyml_reduce_min_int16_params *params,
                                      const int16_t *input, int16_t *output, void *scratch)
{
    (void)scratch;
    TINYML_REDUCE(params, input, output, int16_t, INT16_MAX, smaller, unchanged);
}

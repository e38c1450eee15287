#include "reduction.h"
#include "tinyml/reduce_min.h"

tinyml_reduce_min_int8_kernel tinyml_reference_reduce_min_int8;

static inline int8_t smaller(int8_t smallest, int8_t value)
{
    return value < smallest ? value : smallest;
}

static inline int8_t unchanged(const tinyml_reduce_min_int8_params *params, int8_t smallest)
{
    (void)params;
    return smallest;
}

void tinyml_reference_reduce_min_int8(const tinyml_reduce_min_int8_params *params,
                                      const int8_t *input, int8_t *output, void *scratch)
{
    (void)scratch;
    TINYML_REDUCE(params, input, output, int8_t, INT8_MAX, smaller, unchanged);
}

#include "reduction.h"
#include "tinyml/reduce_max.h"

tinyml_reduce_max_int8_kernel tinyml_reference_reduce_max_int8;

static inline int8_t larger(int8_t largest, int8_t value)
{
    return value > largest ? value : largest;
}

static inline int8_t unchanged(const tinyml_reduce_max_int8_params *params, int8_t largest)
{
    (void)params;
    return largest;
}

void tinyml_reference_reduce_max_int8(const tinyml_reduce_max_int8_params *params,
                                      const int8_t *input, int8_t *output, void *scratch)
{
    (void)scratch;
    TINYML_REDUCE(params, input, output, int8_t, INT8_MIN, larger, unchanged);
}

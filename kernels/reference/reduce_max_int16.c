#include "reduction.h"
#include "tinyml/reduce_max.h"

tinyml_reduce_max_int16_kernel tinyml_reference_reduce_max_int16;

static inline int16_t larger(int16_t largest, int16_t value)
{
    return value > largest ? value : largest;
}

static inline int16_t unchanged(const tinyml_reduce_max_int16_params *params, int16_t largest)
{
    (void)params;
    return largest;
}

void tinyml_reference_reduce_max_int16(const tinyml_reduce_max_int16_params *params,
                                      const int16_t *input, int16_t *output, void *scratch)
{
    (void)scratch;
    TINYML_REDUCE(params, input, output, int16_t, INT16_MIN, larger, unchanged);
}

#include "broadcast.h"
#include "tinyml/maximum.h"

tinyml_maximum_int64_kernel tinyml_reference_maximum_int64;

static inline int64_t larger(const tinyml_maximum_int64_params *params, int64_t a, int64_t b)
{
    (void)params;
    return a > b ? a : b;
}

void tinyml_reference_maximum_int64(const tinyml_maximum_int64_params *params, const int64_t *input_1,
                                    const int64_t *input_2, int64_t *output, void *scratch)
{
    (void)scratch;
    TINYML_FOR_EACH_PAIR(params, input_1, input_2, output, larger);
}

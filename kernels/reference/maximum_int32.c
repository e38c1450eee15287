#include "broadcast.h"
#include "tinyml/maximum.h"

tinyml_maximum_int32_kernel tinyml_reference_maximum_int32;

static inline int32_t larger(const tinyml_maximum_int32_params *params, int32_t a, int32_t b)
{
    (void)params;
    return a > b ? a : b;
}

void tinyml_reference_maximum_int32(const tinyml_maximum_int32_params *params, const int32_t *input_1,
                                    const int32_t *input_2, int32_t *output, void *scratch)
{
    (void)scratch;
    TINYML_FOR_EACH_PAIR(params, input_1, input_2, output, larger);
}

#include "broadcast.h"
#include "tinyml/maximum.h"

tinyml_maximum_int8_kernel tinyml_reference_maximum_int8;

static inline int8_t larger(const tinyml_maximum_int8_params *params, int8_t a, int8_t b)
{
    (void)params;
    return a > b ? a : b;
}

void tinyml_reference_maximum_int8(const tinyml_maximum_int8_params *params, const int8_t *input_1,
                                   const int8_t *input_2, int8_t *output, void *scratch)
{
    (void)scratch;
    TINYML_FOR_EACH_PAIR(params, input_1, input_2, output, larger);
}

#include "broadcast.h"
#include "tinyml/maximum.h"

tinyml_maximum_int16_kernel tinyml_reference_maximum_int16;

static inline int16_t larger(const tinyml_maximum_int16_params *params, int16_t a, int16_t b)
{
    (void)params;
    return a > b ? a : b;
}

void tinyml_reference_maximum_int16(const tinyml_maximum_int16_params *params, const int16_t *input_1,
                                    const int16_t *input_2, int16_t *output, void *scratch)
{
    (void)scratch;
    TINYML_FOR_EACH_PAIR(params, input_1, input_2, output, larger);
}

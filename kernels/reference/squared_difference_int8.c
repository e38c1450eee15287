#include "broadcast.h"
#include "squared_difference.h"

tinyml_squared_difference_int8_kernel tinyml_reference_squared_difference_int8;

static inline int8_t square(const tinyml_squared_difference_int8_params *params, int8_t a, int8_t b)
{
    return (int8_t)tinyml_clamp(tinyml_squared_difference(params, a, b), INT8_MIN, INT8_MAX);
}

void tinyml_reference_squared_difference_int8(const tinyml_squared_difference_int8_params *params,
                                              const int8_t *input_1, const int8_t *input_2, int8_t *output,
                                              void *scratch)
{
    (void)scratch;
    TINYML_FOR_EACH_PAIR(params, input_1, input_2, output, square);
}

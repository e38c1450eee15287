#include "broadcast.h"
#include "squared_difference.h"

tinyml_squared_difference_int16_kernel tinyml_reference_squared_difference_int16;

static inline int16_t square(const tinyml_squared_difference_int16_params *params, int16_t a, int16_t b)
{
    return (int16_t)tinyml_clamp(tinyml_squared_difference(params, a, b), INT16_MIN, INT16_MAX);
}

void tinyml_reference_squared_difference_int16(const tinyml_squared_difference_int16_params *params,
                                              const int16_t *input_1, const int16_t *input_2, int16_t *output,
                                              void *scratch)
{
    (void)scratch;
    TINYML_FOR_EACH_PAIR(params, input_1, input_2, output, square);
}

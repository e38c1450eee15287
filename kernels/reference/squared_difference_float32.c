#include "broadcast.h"
#include "tinyml/squared_difference.h"

tinyml_squared_difference_float32_kernel tinyml_reference_squared_difference_float32;

static inline float square(const tinyml_squared_difference_float32_params *params, float a, float b)
{
    const float difference = a - b;

    (void)params;
    return difference * difference;
}

void tinyml_reference_squared_difference_float32(const tinyml_squared_difference_float32_params *params,
                                                 const float *input_1, const float *input_2, float *output,
                                                 void *scratch)
{
    (void)scratch;
    TINYML_FOR_EACH_PAIR(params, input_1, input_2, output, square);
}

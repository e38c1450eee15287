#include "broadcast.h"
#include "tinyml/floor_div.h"

#include <math.h>

tinyml_floor_div_float32_kernel tinyml_reference_floor_div_float32;

static inline float quotient(const tinyml_floor_div_float32_params *params, float a, float b)
{
    (void)params;
    return (float)floor((double)a / (double)b);
}

void tinyml_reference_floor_div_float32(const tinyml_floor_div_float32_params *params, const float *input_1,
                                        const float *input_2, float *output, void *scratch)
{
    (void)scratch;
    TINYML_FOR_EACH_PAIR(params, input_1, input_2, output, quotient);
}

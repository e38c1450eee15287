#include "broadcast.h"
#include "tinyml/floor_mod.h"

#include <math.h>

tinyml_floor_mod_float32_kernel tinyml_reference_floor_mod_float32;

static inline float remainder_of(const tinyml_floor_mod_float32_params *params, float a, float b)
{
    (void)params;
    const float found = fmodf(a, b);

    return found != 0.0f && (b < 0.0f) != (found < 0.0f) ? found + b : found;
}

void tinyml_reference_floor_mod_float32(const tinyml_floor_mod_float32_params *params, const float *input_1,
                                        const float *input_2, float *output, void *scratch)
{
    (void)scratch;
    TINYML_FOR_EACH_PAIR(params, input_1, input_2, output, remainder_of);
}

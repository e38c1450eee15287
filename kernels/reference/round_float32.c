#include "tinyml/round.h"

#include <math.h>

tinyml_round_float32_kernel tinyml_reference_round_float32;

/* What is nearer to 0 than 1/2 becomes +0, whatever its sign. */
static float nearest(float x)
{
    const float below = floorf(x);
    const float rest = x - below;

    if (rest < 0.5f || (rest == 0.5f && below - 2.0f * floorf(below / 2.0f) == 0.0f)) {
        return below;
    }
    return below + 1.0f;
}

void tinyml_reference_round_float32(const tinyml_round_float32_params *params, const float *input,
                                    float *output, void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        output[i] = nearest(input[i]);
    }
}

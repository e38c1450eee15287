#include "inverse_root.h"
#include "tinyml/fixed_point.h"
#include "tinyml/rsqrt.h"

tinyml_rsqrt_int16_kernel tinyml_reference_rsqrt_int16;

/* Of the inverse root, between two roundings. */
#define FRACTION_BITS 20

void tinyml_reference_rsqrt_int16(const tinyml_rsqrt_int16_params *params, const int16_t *input,
                                  int16_t *output, void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        if (input[i] <= 0) {
            output[i] = INT16_MAX;
            continue;
        }
        const tinyml_factor root = tinyml_inverse_root(input[i]);
        const int32_t fine = tinyml_requantize(1, root.multiplier, root.shift + FRACTION_BITS);
        const int32_t value = tinyml_requantize(fine, params->multiplier, params->shift - FRACTION_BITS);

        output[i] = (int16_t)tinyml_clamp(value, INT16_MIN, INT16_MAX);
    }
}

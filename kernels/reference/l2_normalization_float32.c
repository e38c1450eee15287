#include <math.h>

#include "tinyml/l2_normalization.h"

tinyml_l2_normalization_float32_kernel tinyml_reference_l2_normalization_float32;

void tinyml_reference_l2_normalization_float32(const tinyml_l2_normalization_float32_params *params,
                                               const float *input, float *output, void *scratch)
{
    const float least = 1e-6f;

    (void)scratch;
    for (int32_t row = 0; row < params->rows; ++row) {
        float squares = 0.0f;
        for (int32_t i = 0; i < params->row_size; ++i) {
            squares += input[i] * input[i];
        }
        const float root = sqrtf(squares);
        const float length = root < least ? least : root;
        for (int32_t i = 0; i < params->row_size; ++i) {
            *output++ = *input++ / length;
        }
    }
}

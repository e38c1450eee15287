#include "inverse_root.h"
#include "tinyml/fixed_point.h"
#include "tinyml/l2_normalization.h"

tinyml_l2_normalization_int8_kernel tinyml_reference_l2_normalization_int8;

void tinyml_reference_l2_normalization_int8(const tinyml_l2_normalization_int8_params *params,
                                            const int8_t *input, int8_t *output, void *scratch)
{
    const int32_t fraction_bits = 7;

    (void)scratch;
    for (int32_t row = 0; row < params->rows; ++row) {
        int32_t squares = 0;
        for (int32_t i = 0; i < params->row_size; ++i) {
            const int32_t value = input[i] + params->input_offset;
            squares += value * value;
        }
        const tinyml_factor root = tinyml_inverse_root(squares);
        for (int32_t i = 0; i < params->row_size; ++i) {
            const int32_t value = *input++ + params->input_offset;
            const int32_t result = tinyml_requantize(value, root.multiplier, root.shift + fraction_bits);
            *output++ = (int8_t)tinyml_clamp(result, INT8_MIN, INT8_MAX);
        }
    }
}

#include "broadcast.h"
#include "tinyml/compare.h"

tinyml_compare_float32_kernel tinyml_reference_compare_float32;

static inline uint8_t answer(const tinyml_compare_float32_params *params, float a, float b)
{
    const int32_t relation = a < b    ? TINYML_LESS
                             : a > b  ? TINYML_GREATER
                             : a == b ? TINYML_SAME
                                      : TINYML_UNORDERED;

    return (params->answers & relation) != 0;
}

void tinyml_reference_compare_float32(const tinyml_compare_float32_params *params, const float *input_1,
                                      const float *input_2, uint8_t *output, void *scratch)
{
    (void)scratch;
    TINYML_FOR_EACH_PAIR(params, input_1, input_2, output, answer);
}

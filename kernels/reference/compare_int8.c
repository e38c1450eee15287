#include "broadcast.h"
#include "common_scale.h"
#include "tinyml/compare.h"
#include "tinyml/fixed_point.h"

tinyml_compare_int8_kernel tinyml_reference_compare_int8;

static inline uint8_t answer(const tinyml_compare_int8_params *params, int8_t a, int8_t b)
{
    const int32_t x = TINYML_IN_COMMON_SCALE(params, input_1, a);
    const int32_t y = TINYML_IN_COMMON_SCALE(params, input_2, b);
    const int32_t relation = x < y ? TINYML_LESS : x > y ? TINYML_GREATER : TINYML_SAME;

    return (params->answers & relation) != 0;
}

void tinyml_reference_compare_int8(const tinyml_compare_int8_params *params, const int8_t *input_1,
                                   const int8_t *input_2, uint8_t *output, void *scratch)
{
    (void)scratch;
    TINYML_FOR_EACH_PAIR(params, input_1, input_2, output, answer);
}

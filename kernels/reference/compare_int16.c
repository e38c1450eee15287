#include "broadcast.h"
#include "tinyml/compare.h"

tinyml_compare_int16_kernel tinyml_reference_compare_int16;

static inline uint8_t answer(const tinyml_compare_int16_params *params, int16_t a, int16_t b)
{
    const int32_t relation = a < b ? TINYML_LESS : a > b ? TINYML_GREATER : TINYML_SAME;

    return (params->answers & relation) != 0;
}

void tinyml_reference_compare_int16(const tinyml_compare_int16_params *params, const int16_t *input_1,
                                    const int16_t *input_2, uint8_t *output, void *scratch)
{
    (void)scratch;
    TINYML_FOR_EACH_PAIR(params, input_1, input_2, output, answer);
}

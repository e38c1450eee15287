#include "broadcast.h"
#include "tinyml/compare.h"

tinyml_compare_int64_kernel tinyml_reference_compare_int64;

static inline uint8_t answer(const tinyml_compare_int64_params *params, int64_t a, int64_t b)
{
    const int32_t relation = a < b ? TINYML_LESS : a > b ? TINYML_GREATER : TINYML_SAME;

    return (params->answers & relation) != 0;
}

void tinyml_reference_compare_int64(const tinyml_compare_int64_params *params, const int64_t *input_1,
                                    const int64_t *input_2, uint8_t *output, void *scratch)
{
    (void)scratch;
    TINYML_FOR_EACH_PAIR(params, input_1, input_2, output, answer);
}

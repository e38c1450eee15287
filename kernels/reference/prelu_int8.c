#include "broadcast.h"
#include "prelu.h"

tinyml_prelu_int8_kernel tinyml_reference_prelu_int8;

static inline int8_t activated(const tinyml_prelu_int8_params *params, int8_t a, int8_t b)
{
    return (int8_t)tinyml_clamp(tinyml_activated(params, a, b), INT8_MIN, INT8_MAX);
}

void tinyml_reference_prelu_int8(const tinyml_prelu_int8_params *params, const int8_t *input_1,
                                 const int8_t *input_2, int8_t *output, void *scratch)
{
    (void)scratch;
    TINYML_FOR_EACH_PAIR(params, input_1, input_2, output, activated);
}

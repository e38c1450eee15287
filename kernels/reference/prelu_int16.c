#include "broadcast.h"
#include "prelu.h"

tinyml_prelu_int16_kernel tinyml_reference_prelu_int16;

static inline int16_t activated(const tinyml_prelu_int16_params *params, int16_t a, int8_t b)
{
    return (int16_t)tinyml_clamp(tinyml_activated(params, a, b), INT16_MIN, INT16_MAX);
}

void tinyml_reference_prelu_int16(const tinyml_prelu_int16_params *params, const int16_t *input_1,
                                  const int8_t *input_2, int16_t *output, void *scratch)
{
    (void)scratch;
    TINYML_FOR_EACH_PAIR(params, input_1, input_2, output, activated);
}

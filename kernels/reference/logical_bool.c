#include "broadcast.h"
#include "tinyml/logical.h"

tinyml_logical_bool_kernel tinyml_reference_logical_bool;

static inline uint8_t answer(const tinyml_logical_bool_params *params, uint8_t a, uint8_t b)
{
    return (uint8_t)(params->truth >> (2 * (a != 0) + (b != 0)) & 1);
}

void tinyml_reference_logical_bool(const tinyml_logical_bool_params *params, const uint8_t *input_1,
                                   const uint8_t *input_2, uint8_t *output, void *scratch)
{
    (void)scratch;
    TINYML_FOR_EACH_PAIR(params, input_1, input_2, output, answer);
}

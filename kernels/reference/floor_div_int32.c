#include "broadcast.h"
#include "tinyml/floor_div.h"

tinyml_floor_div_int32_kernel tinyml_reference_floor_div_int32;

static inline int32_t quotient(const tinyml_floor_div_int32_params *params, int32_t a, int32_t b)
{
    (void)params;
    if (b == 0 || b == -1) {
        return b == 0 ? 0 : (int32_t)(0u - (uint32_t)a);
    }
    return a / b - ((a % b != 0) && ((a < 0) != (b < 0)));
}

void tinyml_reference_floor_div_int32(const tinyml_floor_div_int32_params *params, const int32_t *input_1,
                                      const int32_t *input_2, int32_t *output, void *scratch)
{
    (void)scratch;
    TINYML_FOR_EACH_PAIR(params, input_1, input_2, output, quotient);
}

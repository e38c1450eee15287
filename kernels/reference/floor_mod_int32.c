#include "broadcast.h"
#include "tinyml/floor_mod.h"

tinyml_floor_mod_int32_kernel tinyml_reference_floor_mod_int32;

static inline int32_t remainder_of(const tinyml_floor_mod_int32_params *params, int32_t a, int32_t b)
{
    (void)params;
    if (b == 0 || b == -1) {
        return 0;
    }
    const int32_t found = a % b;

    return found != 0 && (b < 0) != (found < 0) ? found + b : found;
}

void tinyml_reference_floor_mod_int32(const tinyml_floor_mod_int32_params *params, const int32_t *input_1,
                                      const int32_t *input_2, int32_t *output, void *scratch)
{
    (void)scratch;
    TINYML_FOR_EACH_PAIR(params, input_1, input_2, output, remainder_of);
}

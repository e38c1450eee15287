#include "broadcast.h"
#include "tinyml/floor_mod.h"

tinyml_floor_mod_int64_kernel tinyml_reference_floor_mod_int64;

static inline int64_t remainder_of(const tinyml_floor_mod_int64_params *params, int64_t a, int64_t b)
{
    (void)params;
    if (b == 0 || b == -1) {
        return 0;
    }
    const int64_t found = a % b;

    return found != 0 && (b < 0) != (found < 0) ? found + b : found;
}

void tinyml_reference_floor_mod_int64(const tinyml_floor_mod_int64_params *params, const int64_t *input_1,
                                      const int64_t *input_2, int64_t *output, void *scratch)
{
    (void)scratch;
    TINYML_FOR_EACH_PAIR(params, input_1, input_2, output, remainder_of);
}

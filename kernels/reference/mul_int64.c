#include "broadcast.h"
#include "tinyml/mul.h"

tinyml_mul_int64_kernel tinyml_reference_mul_int64;

static inline int64_t product(const tinyml_mul_int64_params *params, int64_t a, int64_t b)
{
    (void)params;
    return (int64_t)((uint64_t)a * (uint64_t)b);
}

void tinyml_reference_mul_int64(const tinyml_mul_int64_params *params, const int64_t *input_1,
                                const int64_t *input_2, int64_t *output, void *scratch)
{
    (void)scratch;
    TINYML_FOR_EACH_PAIR(params, input_1, input_2, output, product);
}

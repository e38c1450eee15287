#include "cast.h"

tinyml_cast_int64_kernel tinyml_reference_cast_int64;

void tinyml_reference_cast_int64(const tinyml_cast_int64_params *params, const int64_t *input, void *output,
                                 void *scratch)
{
    (void)scratch;
    TINYML_CAST(params, input, output);
}

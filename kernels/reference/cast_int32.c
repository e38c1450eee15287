#include "cast.h"

tinyml_cast_int32_kernel tinyml_reference_cast_int32;

void tinyml_reference_cast_int32(const tinyml_cast_int32_params *params, const int32_t *input, void *output,
                                 void *scratch)
{
    (void)scratch;
    TINYML_CAST(params, input, output);
}

#include "cast.h"

tinyml_cast_uint32_kernel tinyml_reference_cast_uint32;

void tinyml_reference_cast_uint32(const tinyml_cast_uint32_params *params, const uint32_t *input, void *output,
                                 void *scratch)
{
    (void)scratch;
    TINYML_CAST(params, input, output);
}

#include "cast.h"

tinyml_cast_uint8_kernel tinyml_reference_cast_uint8;

void tinyml_reference_cast_uint8(const tinyml_cast_uint8_params *params, const uint8_t *input, void *output,
                                 void *scratch)
{
    (void)scratch;
    TINYML_CAST(params, input, output);
}

#include "cast.h"

tinyml_cast_int8_kernel tinyml_reference_cast_int8;

void tinyml_reference_cast_int8(const tinyml_cast_int8_params *params, const int8_t *input, void *output,
                                void *scratch)
{
    (void)scratch;
    TINYML_CAST(params, input, output);
}

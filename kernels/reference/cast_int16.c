#include "cast.h"

tinyml_cast_int16_kernel tinyml_reference_cast_int16;

void tinyml_reference_cast_int16(const tinyml_cast_int16_params *params, const int16_t *input, void *output,
                                 void *scratch)
{
    (void)scratch;
    TINYML_CAST(params, input, output);
}

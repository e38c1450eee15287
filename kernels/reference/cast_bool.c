#include "cast.h"

tinyml_cast_bool_kernel tinyml_reference_cast_bool;

void tinyml_reference_cast_bool(const tinyml_cast_bool_params *params, const uint8_t *input, void *output,
                                void *scratch)
{
    (void)scratch;
    TINYML_CAST(params, input, output);
}

#include "cast.h"

tinyml_cast_float32_kernel tinyml_reference_cast_float32;

void tinyml_reference_cast_float32(const tinyml_cast_float32_params *params, const float *input, void *output,
                                   void *scratch)
{
    (void)scratch;
    TINYML_CAST(params, input, output);
}

#include "arg.h"
#include "tinyml/arg_min.h"

tinyml_arg_min_float32_kernel tinyml_reference_arg_min_float32;

void tinyml_reference_arg_min_float32(const tinyml_arg_min_params *params, const float *input,
                                      int32_t *output, void *scratch)
{
    (void)scratch;
    TINYML_FIND(params, input, output, <);
}

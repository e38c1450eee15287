#include "arg.h"
#include "tinyml/arg_max.h"

tinyml_arg_max_int8_kernel tinyml_reference_arg_max_int8;

void tinyml_reference_arg_max_int8(const tinyml_arg_max_params *params, const int8_t *input,
                                   int32_t *output, void *scratch)
{
    (void)scratch;
    TINYML_FIND(params, input, output, >);
}

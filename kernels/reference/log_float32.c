#include "tinyml/log.h"

#include <math.h>

tinyml_log_float32_kernel tinyml_reference_log_float32;

void tinyml_reference_log_float32(const tinyml_log_float32_params *params, const float *input, float *output,
                                  void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        output[i] = logf(input[i]);
    }
}

#include "svdf.h"
#include "tinyml/svdf.h"

tinyml_svdf_int8_kernel tinyml_reference_svdf_int8;

void tinyml_reference_svdf_int8(const tinyml_svdf_int8_params *params, const int8_t *input,
                             const int8_t *feature_weights, const int8_t *time_weights, const int32_t *bias,
                             int8_t *state, int8_t *output, void *scratch)
{
    (void)scratch;
    TINYML_SVDF(params, int8_t, INT8_MIN, INT8_MAX, input, feature_weights, time_weights, bias, state, output);
}

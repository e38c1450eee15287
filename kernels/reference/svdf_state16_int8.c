#include "svdf.h"
#include "tinyml/svdf_state16.h"

tinyml_svdf_state16_int8_kernel tinyml_reference_svdf_state16_int8;

void tinyml_reference_svdf_state16_int8(const tinyml_svdf_int8_params *params, const int8_t *input,
                             const int8_t *feature_weights, const int16_t *time_weights, const int32_t *bias,
                             int16_t *state, int8_t *output, void *scratch)
{
    (void)scratch;
    TINYML_SVDF(params, int16_t, INT16_MIN, INT16_MAX, input, feature_weights, time_weights, bias, state, output);
}

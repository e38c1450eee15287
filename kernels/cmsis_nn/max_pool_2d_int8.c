#include "geometry.h"
#include "tinyml/max_pool_2d.h"

tinyml_max_pool_2d_int8_kernel tinyml_cmsis_nn_max_pool_2d_int8;

void tinyml_cmsis_nn_max_pool_2d_int8(const tinyml_max_pool_2d_int8_params *params, const int8_t *input,
                                      int8_t *output, void *scratch)
{
    const cmsis_nn_context context = {.buf = scratch};
    const cmsis_nn_pool_params pool = {TINYML_WINDOW_STEPS(params)};
    const cmsis_nn_dims input_dims = TINYML_INPUT_DIMS(params, params->channels);
    const cmsis_nn_dims filter_dims = TINYML_FILTER_DIMS(params, 1, 1);
    const cmsis_nn_dims output_dims = TINYML_OUTPUT_DIMS(params, params->channels);

    arm_max_pool_s8(&context, &pool, &input_dims, input, &filter_dims, &output_dims, output);
}

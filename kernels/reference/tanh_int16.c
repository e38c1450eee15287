#include "tinyml/sigmoid_table.h"
#include "tinyml/tanh.h"

tinyml_tanh_int16_kernel tinyml_reference_tanh_int16;

void tinyml_reference_tanh_int16(const tinyml_tanh_int16_params *params, const int16_t *input,
                                 int16_t *output, void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        const int32_t x = tinyml_sigmoid_input(input[i], params->multiplier, params->shift);
        output[i] = tinyml_table_tanh(params->table, x);
    }
}

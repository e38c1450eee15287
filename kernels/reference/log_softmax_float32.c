#include "tinyml/log_softmax.h"

#include <float.h>
#include <math.h>

tinyml_log_softmax_float32_kernel tinyml_reference_log_softmax_float32;

static void log_softmax_row(const float *row, int32_t size, float *output)
{
    float top = -FLT_MAX;
    float sum = 0.0f;
    float log_of_sum;

    for (int32_t i = 0; i < size; ++i) {
        top = row[i] > top ? row[i] : top;
    }
    for (int32_t i = 0; i < size; ++i) {
        sum += expf(row[i] - top);
    }
    log_of_sum = logf(sum);
    for (int32_t i = 0; i < size; ++i) {
        output[i] = row[i] - top - log_of_sum;
    }
}

void tinyml_reference_log_softmax_float32(const tinyml_log_softmax_float32_params *params, const float *input,
                                          float *output, void *scratch)
{
    const int32_t size = params->row_size;

    (void)scratch;
    for (int32_t row = 0; row < params->rows; ++row) {
        log_softmax_row(input + row * size, size, output + row * size);
    }
}

#include "tinyml/softmax.h"

#include <float.h>
#include <math.h>

tinyml_softmax_float32_kernel tinyml_reference_softmax_float32;

static void softmax_row(const float *row, int32_t size, float beta, float *output)
{
    float largest = -FLT_MAX;
    float sum = 0.0f;

    for (int32_t i = 0; i < size; ++i) {
        largest = row[i] > largest ? row[i] : largest;
    }
    for (int32_t i = 0; i < size; ++i) {
        output[i] = expf((row[i] - largest) * beta);
        sum += output[i];
    }
    for (int32_t i = 0; i < size; ++i) {
        output[i] /= sum;
    }
}

void tinyml_reference_softmax_float32(const tinyml_softmax_float32_params *params, const float *input,
                                      float *output, void *scratch)
{
    (void)scratch;
    for (int32_t row = 0; row < params->rows; ++row) {
        const int32_t start = row * params->row_size;
        softmax_row(input + start, params->row_size, params->beta, output + start);
    }
}

#include "tinyml/signal_window.h"
#include "tinyml/fixed_point.h"

tinyml_signal_window_int16_kernel tinyml_reference_signal_window_int16;

void tinyml_reference_signal_window_int16(const tinyml_signal_window_int16_params *params,
                                          const int16_t *input, const int16_t *weights, int16_t *output,
                                          void *scratch)
{
    (void)scratch;
    for (int32_t row = 0; row < params->rows; ++row) {
        for (int32_t i = 0; i < params->row_size; ++i) {
            const int32_t product = *input++ * weights[i];
            *output++ = (int16_t)tinyml_clamp(product >> params->shift, INT16_MIN, INT16_MAX);
        }
    }
}

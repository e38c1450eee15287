#include "tinyml/signal_filter_bank.h"

tinyml_signal_filter_bank_uint32_kernel tinyml_reference_signal_filter_bank_uint32;

void tinyml_reference_signal_filter_bank_uint32(const tinyml_signal_filter_bank_uint32_params *params,
                                                const uint32_t *input, const int16_t *weights,
                                                const int16_t *unweights, const int16_t *frequency_starts,
                                                const int16_t *weight_starts, const int16_t *widths,
                                                uint64_t *output, void *scratch)
{
    uint64_t handed_on = 0;

    (void)scratch;
    for (int32_t channel = 0; channel <= params->channels; ++channel) {
        uint64_t own = handed_on;
        handed_on = 0;
        for (int32_t i = 0; i < widths[channel]; ++i) {
            const uint64_t energy = input[frequency_starts[channel] + i];
            const int32_t weight = weight_starts[channel] + i;
            own += (uint64_t)(int64_t)weights[weight] * energy;
            handed_on += (uint64_t)(int64_t)unweights[weight] * energy;
        }
        if (channel > 0) {
            output[channel - 1] = own;
        }
    }
}

#include "tinyml/signal_filter_bank_spectral_subtraction.h"

tinyml_signal_filter_bank_spectral_subtraction_uint32_kernel tinyml_reference_signal_filter_bank_spectral_subtraction_uint32;

void tinyml_reference_signal_filter_bank_spectral_subtraction_uint32(
    const tinyml_signal_filter_bank_spectral_subtraction_uint32_params *params, const uint32_t *input,
    uint32_t *state, uint32_t *output, uint32_t *noise_estimate, void *scratch)
{
    const int32_t bits = params->spectral_subtraction_bits;

    (void)scratch;
    for (int32_t i = 0; i < params->channels; ++i) {
        const int is_odd = i & 1;
        const uint32_t share = (uint32_t)(is_odd ? params->alternate_smoothing : params->smoothing);
        const uint32_t rest =
            (uint32_t)(is_odd ? params->alternate_one_minus_smoothing : params->one_minus_smoothing);
        const uint32_t scaled = input[i] << params->smoothing_bits;
        const uint32_t estimate = (uint32_t)(((uint64_t)scaled * share + (uint64_t)state[i] * rest) >> bits);
        const uint32_t subtracted = estimate > scaled ? scaled : estimate;
        const uint32_t left = (scaled - subtracted) >> params->smoothing_bits;
        const uint32_t least =
            (uint32_t)(((uint64_t)input[i] * (uint64_t)(int64_t)params->min_signal_remaining) >> bits);
        state[i] = params->clamping ? subtracted : estimate;
        noise_estimate[i] = state[i];
        output[i] = left > least ? left : least;
    }
}

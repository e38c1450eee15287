#include "tinyml/signal_pcan.h"

tinyml_signal_pcan_uint32_kernel tinyml_reference_signal_pcan_uint32;

#define SNR_BITS 12
#define OUTPUT_BITS 6

/* A parabola between two powers of two, at the 10 bits that follow the first one of the estimate. */
static int16_t gain_of(uint32_t estimate, const int16_t *gains)
{
    if (estimate <= 2) {
        return gains[estimate];
    }
    const int32_t bits = 32 - __builtin_clz(estimate);
    const int16_t *const parabola = gains + 4 * bits - 6;
    const uint32_t place = (bits < 11 ? estimate << (11 - bits) : estimate >> (bits - 11)) & 0x3ff;
    const uint32_t slope =
        (uint32_t)((parabola[2] * (int32_t)place) >> 5) + ((uint32_t)(int32_t)parabola[1] << 5);
    const int32_t rise = (int32_t)(slope * place + (1u << 14)) >> 15;

    return (int16_t)(rise + parabola[0]);
}

/* x * x / 4 below 2, x - 1 from there on, in fixed point. */
static uint32_t shrunk(uint32_t snr)
{
    if (snr < 2u << SNR_BITS) {
        return (snr * snr) >> (2 + 2 * SNR_BITS - OUTPUT_BITS);
    }
    return (snr >> (SNR_BITS - OUTPUT_BITS)) - (1u << OUTPUT_BITS);
}

void tinyml_reference_signal_pcan_uint32(const tinyml_signal_pcan_uint32_params *params,
                                         const uint32_t *input, const uint32_t *noise_estimate,
                                         const int16_t *gains, uint32_t *output, void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->channels; ++i) {
        const uint32_t gain = (uint32_t)(int32_t)gain_of(noise_estimate[i], gains);
        output[i] = shrunk((uint32_t)((uint64_t)input[i] * gain >> params->snr_shift));
    }
}

#include "tinyml/signal_filter_bank_log.h"

tinyml_signal_filter_bank_log_uint32_kernel tinyml_reference_signal_filter_bank_log_uint32;

#define LN_2 45426u /* in Q0.16, as all numbers here */
#define HALF 32768u

/* The logarithm to base 2 is interpolated between 128 places of each power of two. */
static uint32_t scaled_log(const tinyml_signal_filter_bank_log_uint32_params *params, uint32_t x)
{
    const uint32_t exponent = 31 - (uint32_t)__builtin_clz(x);
    const uint32_t above = x - ((uint32_t)1 << exponent);
    const uint32_t fraction = exponent < 16 ? above << (16 - exponent) : above >> (exponent - 16);
    const uint16_t *const segment = params->corrections + (fraction >> 9);
    const int32_t rise = (segment[1] - segment[0]) * (int32_t)(fraction & 511);
    const uint32_t log2 = (exponent << 16) + fraction + segment[0] + (uint32_t)(rise >> 16);
    const uint32_t natural = (uint32_t)(((uint64_t)LN_2 * log2 + HALF) >> 16);

    return ((uint32_t)params->output_scale * natural + HALF) >> 16;
}

void tinyml_reference_signal_filter_bank_log_uint32(const tinyml_signal_filter_bank_log_uint32_params *params,
                                                    const uint32_t *input, int16_t *output, void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        const uint32_t value = input[i] << params->input_correction_bits;
        const uint32_t found = value > 1 ? scaled_log(params, value) : 0;
        output[i] = (int16_t)(found < INT16_MAX ? found : INT16_MAX);
    }
}

#include "tinyml/signal_filter_bank_square_root.h"

tinyml_signal_filter_bank_square_root_uint64_kernel tinyml_reference_signal_filter_bank_square_root_uint64;

/* The nearest root. Those of 32 bits are limited to 16 bits, as in TensorFlow Lite Micro. */
static uint32_t root(uint64_t x)
{
    const uint32_t limit = x >> 32 ? UINT32_MAX : UINT16_MAX;
    uint64_t rest = x;
    uint64_t found = 0;

    for (uint64_t bit = x >> 32 ? (uint64_t)1 << 62 : (uint64_t)1 << 30; bit != 0; bit >>= 2) {
        if (rest >= found + bit) {
            rest -= found + bit;
            found = (found >> 1) + bit;
        } else {
            found >>= 1;
        }
    }
    return (uint32_t)(found + (rest > found && found != limit));
}

void tinyml_reference_signal_filter_bank_square_root_uint64(
    const tinyml_signal_filter_bank_square_root_uint64_params *params, const uint64_t *input,
    const int32_t *scale_bits, uint32_t *output, void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        output[i] = root(input[i]) >> (*scale_bits & 31);
    }
}

#include "tinyml/signal_energy.h"

tinyml_signal_energy_int16_kernel tinyml_reference_signal_energy_int16;

void tinyml_reference_signal_energy_int16(const tinyml_signal_energy_int16_params *params,
                                          const int16_t *input, uint32_t *output, void *scratch)
{
    (void)scratch;
    for (int32_t i = 0; i < params->size; ++i) {
        const int32_t real = input[2 * i];
        const int32_t imaginary = input[2 * i + 1];
        const uint32_t energy = (uint32_t)(real * real) + (uint32_t)(imaginary * imaginary);
        output[i] = i >= params->start_index && i < params->end_index ? energy : 0;
    }
}

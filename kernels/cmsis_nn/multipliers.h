/* Constant factors for CMSIS-NN. */
#ifndef TINYML_CMSIS_NN_MULTIPLIERS_H
#define TINYML_CMSIS_NN_MULTIPLIERS_H

#include "arm_nnfunctions.h"

/* CMSIS-NN declares the factors writable but only reads them; ours are constants in flash. */
static inline cmsis_nn_per_channel_quant_params tinyml_multipliers(const int32_t *multiplier,
                                                                   const int32_t *shift)
{
    const cmsis_nn_per_channel_quant_params factors = {
        .multiplier = (int32_t *)(uintptr_t)multiplier,
        .shift = (int32_t *)(uintptr_t)shift,
    };

    return factors;
}

#endif

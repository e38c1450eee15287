/* FULLY_CONNECTED_ASYMMETRIC: FULLY_CONNECTED with a zero point of the weights. */
#ifndef TINYML_FULLY_CONNECTED_ASYMMETRIC_H
#define TINYML_FULLY_CONNECTED_ASYMMETRIC_H

#include <stdint.h>

/* Parameters of the int8 kernels. */
typedef struct {
    int32_t rows;
    int32_t input_size;
    int32_t output_size;
    int32_t filter_offset;  /* minus the zero point of the filter, [-127, 128] */
    int32_t input_offset;   /* minus the zero point of the input, [-127, 128] */
    int32_t output_offset;  /* zero point of the output, [-128, 127] */
    int32_t activation_min; /* [-128, 127] */
    int32_t activation_max; /* [activation_min, 127] */
    int32_t multiplier;     /* input scale * filter scale / output scale in Q0.31 ... */
    int32_t shift;          /* ... and its power of two, [-31, 30], positive to the left */
} tinyml_fully_connected_asymmetric_int8_params;

/*
 * input   in   int8[rows][input_size]
 * filter  in   int8[output_size][input_size], one scale and zero point for all
 * bias    in   int32[output_size] in units of input scale * filter scale, or NULL
 * output  out  int8[rows][output_size]
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_fully_connected_asymmetric_int8_kernel(
    const tinyml_fully_connected_asymmetric_int8_params *params, const int8_t *input, const int8_t *filter,
    const int32_t *bias, int8_t *output, void *scratch);

#endif

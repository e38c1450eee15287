/* QUANTIZE_TO_INT32: QUANTIZE to int32, with the zero point 0. */
#ifndef TINYML_QUANTIZE_TO_INT32_H
#define TINYML_QUANTIZE_TO_INT32_H

#include <stdint.h>

/* Parameters of the int8 kernels. */
typedef struct {
    int32_t size;
    int32_t input_offset; /* minus the zero point of the input, [-127, 128] */
    int32_t multiplier;   /* input scale / output scale as a factor in Q0.31 ... */
    int32_t shift;        /* ... and its power of two, [-31, 22], positive to the left */
} tinyml_quantize_to_int32_int8_params;

/*
 * input   in   int8[size]
 * output  out  int32[size]
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_quantize_to_int32_int8_kernel(const tinyml_quantize_to_int32_int8_params *params,
                                                  const int8_t *input, int32_t *output, void *scratch);

/* Parameters of the int16 kernels, the zero point in [-32768, 32767] and the shift in [-31, 14]. */
typedef tinyml_quantize_to_int32_int8_params tinyml_quantize_to_int32_int16_params;

/* Tensors as above, the input in int16. */
typedef void tinyml_quantize_to_int32_int16_kernel(const tinyml_quantize_to_int32_int16_params *params,
                                                   const int16_t *input, int32_t *output, void *scratch);

#endif

/* QUANTIZE_TO_UINT8: QUANTIZE to uint8. */
#ifndef TINYML_QUANTIZE_TO_UINT8_H
#define TINYML_QUANTIZE_TO_UINT8_H

#include <stdint.h>

/* Parameters of the int8 kernels: to another scale and zero point. */
typedef struct {
    int32_t size;
    int32_t input_offset;  /* minus the zero point of the input, [-127, 128] */
    int32_t output_offset; /* zero point of the output, [0, 255] */
    int32_t multiplier;    /* input scale / output scale as a factor in Q0.31 ... */
    int32_t shift;         /* ... and its power of two, [-31, 22], positive to the left */
} tinyml_quantize_to_uint8_int8_params;

/*
 * input   in   int8[size]
 * output  out  uint8[size]
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_quantize_to_uint8_int8_kernel(const tinyml_quantize_to_uint8_int8_params *params,
                                                  const int8_t *input, uint8_t *output, void *scratch);

/* Parameters of the uint8 kernels, input_offset in [-255, 0]. */
typedef tinyml_quantize_to_uint8_int8_params tinyml_quantize_to_uint8_uint8_params;

/* Tensors as above, the input in uint8. */
typedef void tinyml_quantize_to_uint8_uint8_kernel(const tinyml_quantize_to_uint8_uint8_params *params,
                                                   const uint8_t *input, uint8_t *output, void *scratch);

/* Parameters of the float32 kernels. */
typedef struct {
    int32_t size;
    int32_t output_offset; /* zero point of the output, [0, 255] */
    float scale;           /* of the output, > 0 */
} tinyml_quantize_to_uint8_float32_params;

/* Tensors as above, the input in float. */
typedef void tinyml_quantize_to_uint8_float32_kernel(const tinyml_quantize_to_uint8_float32_params *params,
                                                     const float *input, uint8_t *output, void *scratch);

#endif

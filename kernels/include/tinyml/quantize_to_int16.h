/* QUANTIZE_TO_INT16: QUANTIZE to int16. */
#ifndef TINYML_QUANTIZE_TO_INT16_H
#define TINYML_QUANTIZE_TO_INT16_H

#include <stdint.h>

/* Parameters of the int8 kernels: to another scale and zero point. */
typedef struct {
    int32_t size;
    int32_t input_offset;  /* minus the zero point of the input, [-127, 128] */
    int32_t output_offset; /* zero point of the output, [-32768, 32767] */
    int32_t multiplier;    /* input scale / output scale as a factor in Q0.31 ... */
    int32_t shift;         /* ... and its power of two, [-31, 22], positive to the left */
} tinyml_quantize_to_int16_int8_params;

/*
 * input   in   int8[size]
 * output  out  int16[size]
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_quantize_to_int16_int8_kernel(const tinyml_quantize_to_int16_int8_params *params,
                                                  const int8_t *input, int16_t *output, void *scratch);

/* Parameters of the uint8 kernels, input_offset in [-255, 0]. */
typedef tinyml_quantize_to_int16_int8_params tinyml_quantize_to_int16_uint8_params;

/* Tensors as above, the input in uint8. */
typedef void tinyml_quantize_to_int16_uint8_kernel(const tinyml_quantize_to_int16_uint8_params *params,
                                                   const uint8_t *input, int16_t *output, void *scratch);

/* Parameters of the int16 kernels: to another scale and zero point. */
typedef struct {
    int32_t size;
    int32_t input_offset;  /* minus the zero point of the input, [-32767, 32768] */
    int32_t output_offset; /* zero point of the output, [-32768, 32767] */
    int32_t multiplier;    /* input scale / output scale as a factor in Q0.31 ... */
    int32_t shift;         /* ... and its power of two, [-31, 14], positive to the left */
} tinyml_quantize_to_int16_int16_params;

/* Tensors as above, the input in int16. */
typedef void tinyml_quantize_to_int16_int16_kernel(const tinyml_quantize_to_int16_int16_params *params,
                                                   const int16_t *input, int16_t *output, void *scratch);

/* Parameters of the int32 kernels: to another scale. The zero point of the input is 0. */
typedef struct {
    int32_t size;
    int32_t output_offset; /* zero point of the output, [-32768, 32767] */
    int32_t multiplier;    /* input scale / output scale, below 1, as a factor in Q0.31 ... */
    int32_t shift;         /* ... and its power of two, [-31, 0] */
} tinyml_quantize_to_int16_int32_params;

/* Tensors as above, the input in int32. */
typedef void tinyml_quantize_to_int16_int32_kernel(const tinyml_quantize_to_int16_int32_params *params,
                                                   const int32_t *input, int16_t *output, void *scratch);

/* Parameters of the float32 kernels. */
typedef struct {
    int32_t size;
    int32_t output_offset; /* zero point of the output, [-32768, 32767] */
    float scale;           /* of the output, > 0 */
} tinyml_quantize_to_int16_float32_params;

/* Tensors as above, the input in float. */
typedef void tinyml_quantize_to_int16_float32_kernel(const tinyml_quantize_to_int16_float32_params *params,
                                                     const float *input, int16_t *output, void *scratch);

#endif

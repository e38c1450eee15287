/* DEQUANTIZE: integers to float. Kernels are named after their input. */
#ifndef TINYML_DEQUANTIZE_H
#define TINYML_DEQUANTIZE_H

#include <stdint.h>

/* Parameters of the int8 kernels. */
typedef struct {
    int32_t size;
    int32_t input_offset; /* minus the zero point of the input, [-127, 128] */
    float scale;          /* of the input, > 0 */
} tinyml_dequantize_int8_params;

/*
 * input   in   int8[size]
 * output  out  float[size]
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_dequantize_int8_kernel(const tinyml_dequantize_int8_params *params, const int8_t *input,
                                           float *output, void *scratch);

/* Parameters of the uint8 kernels, the zero point in [0, 255]. */
typedef tinyml_dequantize_int8_params tinyml_dequantize_uint8_params;

/* Tensors as above, the input in uint8. */
typedef void tinyml_dequantize_uint8_kernel(const tinyml_dequantize_uint8_params *params,
                                            const uint8_t *input, float *output, void *scratch);

/* Parameters of the int16 kernels, the zero point in [-32768, 32767]. */
typedef tinyml_dequantize_int8_params tinyml_dequantize_int16_params;

/* Tensors as above, the input in int16. */
typedef void tinyml_dequantize_int16_kernel(const tinyml_dequantize_int16_params *params,
                                            const int16_t *input, float *output, void *scratch);

#endif

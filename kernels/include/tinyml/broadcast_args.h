/* BROADCAST_ARGS: the shape that two shapes broadcast to. */
#ifndef TINYML_BROADCAST_ARGS_H
#define TINYML_BROADCAST_ARGS_H

#include <stdint.h>

/* Parameters of the int32 kernels. */
typedef struct {
    int32_t input_1_size;
    int32_t input_2_size;
    int32_t output_size; /* the larger one */
} tinyml_broadcast_args_int32_params;

/*
 * input_1  in   int32[input_1_size], lengths of dimensions
 * input_2  in   int32[input_2_size]
 * output   out  int32[output_size]
 * scratch       as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_broadcast_args_int32_kernel(const tinyml_broadcast_args_int32_params *params,
                                                const int32_t *input_1, const int32_t *input_2,
                                                int32_t *output, void *scratch);

/* Parameters of the int64 kernels, the same. */
typedef tinyml_broadcast_args_int32_params tinyml_broadcast_args_int64_params;

/* Tensors as above, in 64 bits. */
typedef void tinyml_broadcast_args_int64_kernel(const tinyml_broadcast_args_int64_params *params,
                                                const int64_t *input_1, const int64_t *input_2,
                                                int64_t *output, void *scratch);

#endif

/*
 * SVDF: a fully connected layer over the last inputs, whose matrix is of low rank. Each filter is a vector over the
 * input times a vector over time; the products of the first are remembered. An output sums over `rank` filters.
 */
#ifndef TINYML_SVDF_H
#define TINYML_SVDF_H

#include <stdint.h>

/* Parameters of the int8 kernels, and of those of SVDF_STATE16. */
typedef struct {
    int32_t batches;
    int32_t input_size;
    int32_t filters;            /* outputs * rank */
    int32_t rank;
    int32_t memory;             /* inputs that count, the last one included */
    int32_t input_offset;       /* minus the zero point of the input */
    int32_t state_offset;       /* minus the zero point of the state; 0 where it is int16 */
    int32_t output_offset;      /* zero point of the output */
    int32_t feature_multiplier; /* input scale * feature scale / state scale, in Q0.31 ... */
    int32_t feature_shift;      /* ... and its power of two, positive to the left */
    int32_t output_multiplier;  /* the same of state scale * time scale / output scale */
    int32_t output_shift;
} tinyml_svdf_int8_params;

/*
 * input            in      int8[batches][input_size]
 * feature_weights  in      int8[filters][input_size], zero point 0
 * time_weights     in      int8[filters][memory], zero point 0
 * bias             in      int32[filters / rank] in units of state scale * time scale
 * state            in, out int8[batches][filters][memory], the oldest first
 * output           out     int8[batches][filters / rank]
 * scratch                  as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_svdf_int8_kernel(const tinyml_svdf_int8_params *params, const int8_t *input,
                                     const int8_t *feature_weights, const int8_t *time_weights,
                                     const int32_t *bias, int8_t *state, int8_t *output, void *scratch);

/* Parameters of the float32 kernels. */
typedef struct {
    int32_t batches;
    int32_t input_size;
    int32_t filters;
    int32_t rank;
    int32_t memory;
    float activation_min;
    float activation_max;
} tinyml_svdf_float32_params;

/* Tensors as above, in float. */
typedef void tinyml_svdf_float32_kernel(const tinyml_svdf_float32_params *params, const float *input,
                                        const float *feature_weights, const float *time_weights,
                                        const float *bias, float *state, float *output, void *scratch);

#endif

/*
 * CAST: values to another type. Integers keep their lowest bits; fractions of floats are cut off, what is out of the
 * range of the integer becomes the end of it, and what is no number becomes 0.
 */
#ifndef TINYML_CAST_H
#define TINYML_CAST_H

#include <stdint.h>

/* What the values become. */
#define TINYML_TO_INT8 0
#define TINYML_TO_INT16 1
#define TINYML_TO_INT32 2
#define TINYML_TO_FLOAT32 3
#define TINYML_TO_BOOL 4 /* 1 for all that is not 0 */
#define TINYML_TO_UINT8 5
#define TINYML_TO_INT64 6
#define TINYML_TO_UINT32 7

/* Parameters of the bool kernels. */
typedef struct {
    int32_t size;
    int32_t output_type; /* TINYML_TO_INT8 ... */
} tinyml_cast_bool_params;

/*
 * input   in   uint8[size]
 * output  out  int8, int16, int32, uint32, int64, float or uint8[size], the last for uint8 and bool
 * scratch      as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_cast_bool_kernel(const tinyml_cast_bool_params *params, const uint8_t *input,
                                     void *output, void *scratch);

/* Parameters of the int8 kernels. */
typedef struct {
    int32_t size;
    int32_t output_type; /* TINYML_TO_INT8 ... */
} tinyml_cast_int8_params;

/* Tensors as above, the input in int8. */
typedef void tinyml_cast_int8_kernel(const tinyml_cast_int8_params *params, const int8_t *input, void *output,
                                     void *scratch);

/* Parameters of the uint8 kernels. */
typedef struct {
    int32_t size;
    int32_t output_type; /* TINYML_TO_INT8 ... */
} tinyml_cast_uint8_params;

/* Tensors as above, the input in uint8. */
typedef void tinyml_cast_uint8_kernel(const tinyml_cast_uint8_params *params, const uint8_t *input,
                                      void *output, void *scratch);

/* Parameters of the int16 kernels. */
typedef struct {
    int32_t size;
    int32_t output_type; /* TINYML_TO_INT8 ... */
} tinyml_cast_int16_params;

/* Tensors as above, the input in int16. */
typedef void tinyml_cast_int16_kernel(const tinyml_cast_int16_params *params, const int16_t *input,
                                      void *output, void *scratch);

/* Parameters of the int32 kernels. */
typedef struct {
    int32_t size;
    int32_t output_type; /* TINYML_TO_INT8 ... */
} tinyml_cast_int32_params;

/* Tensors as above, the input in int32. */
typedef void tinyml_cast_int32_kernel(const tinyml_cast_int32_params *params, const int32_t *input,
                                      void *output, void *scratch);

/* Parameters of the uint32 kernels. */
typedef struct {
    int32_t size;
    int32_t output_type; /* TINYML_TO_INT8 ... */
} tinyml_cast_uint32_params;

/* Tensors as above, the input in uint32. */
typedef void tinyml_cast_uint32_kernel(const tinyml_cast_uint32_params *params, const uint32_t *input,
                                      void *output, void *scratch);

/* Parameters of the int64 kernels. */
typedef struct {
    int32_t size;
    int32_t output_type; /* TINYML_TO_INT8 ... */
} tinyml_cast_int64_params;

/* Tensors as above, the input in int64. */
typedef void tinyml_cast_int64_kernel(const tinyml_cast_int64_params *params, const int64_t *input,
                                      void *output, void *scratch);

/* Parameters of the float32 kernels. */
typedef struct {
    int32_t size;
    int32_t output_type; /* TINYML_TO_INT8 ... */
} tinyml_cast_float32_params;

/* Tensors as above, the input in float. */
typedef void tinyml_cast_float32_kernel(const tinyml_cast_float32_params *params, const float *input,
                                        void *output, void *scratch);

#endif

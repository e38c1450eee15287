#define VALUE int8_t
#define SUM int32_t
#define PARAMS tinyml_resize_bilinear_int8_params
#define FUNCTION tinyml_reference_resize_bilinear_int8

#include "resize_bilinear.h"

tinyml_resize_bilinear_int8_kernel FUNCTION;

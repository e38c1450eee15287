#define VALUE int16_t
#define SUM int64_t
#define PARAMS tinyml_resize_bilinear_int16_params
#define FUNCTION tinyml_reference_resize_bilinear_int16

#include "resize_bilinear.h"

tinyml_resize_bilinear_int16_kernel FUNCTION;

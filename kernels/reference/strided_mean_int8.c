#include "strided_mean.h"

TINYML_DEFINE_STRIDED_MEAN(int8, int8_t, INT8_MIN, INT8_MAX)

#include "strided_mean.h"

TINYML_DEFINE_STRIDED_MEAN(int16, int16_t, INT16_MIN, INT16_MAX)

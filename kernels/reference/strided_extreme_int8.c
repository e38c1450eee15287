#include "strided_extreme.h"

TINYML_DEFINE_STRIDED_EXTREME(int8, int8_t, INT8_MIN, INT8_MAX)

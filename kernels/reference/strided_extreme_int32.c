#include "strided_extreme.h"

TINYML_DEFINE_STRIDED_EXTREME(int32, int32_t, INT32_MIN, INT32_MAX)

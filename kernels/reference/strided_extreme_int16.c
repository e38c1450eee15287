#include "strided_extreme.h"

TINYML_DEFINE_STRIDED_EXTREME(int16, int16_t, INT16_MIN, INT16_MAX)

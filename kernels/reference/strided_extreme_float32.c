#include <float.h>

#include "strided_extreme.h"

TINYML_DEFINE_STRIDED_EXTREME(float32, float, -FLT_MAX, FLT_MAX)

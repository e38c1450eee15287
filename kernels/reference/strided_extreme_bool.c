#include "strided_extreme.h"

TINYML_DEFINE_STRIDED_EXTREME(bool, uint8_t, 0, 1)

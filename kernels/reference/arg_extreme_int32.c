#include "arg_extreme.h"

TINYML_DEFINE_ARG_EXTREME(int32, int32_t)

#include "arg_extreme.h"

TINYML_DEFINE_ARG_EXTREME(int8, int8_t)

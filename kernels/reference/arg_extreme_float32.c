#include "arg_extreme.h"

TINYML_DEFINE_ARG_EXTREME(float32, float)

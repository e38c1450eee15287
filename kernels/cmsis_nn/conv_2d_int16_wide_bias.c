#include "wide_bias.h"

#include "conv_2d_int16.c"

#include "wide_bias.h"

#include "fully_connected_per_channel_int16.c"

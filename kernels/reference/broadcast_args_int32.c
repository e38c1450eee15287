#include "broadcast_args.h"

TINYML_DEFINE_BROADCAST_ARGS(int32, int32_t)

#include "broadcast_args.h"

TINYML_DEFINE_BROADCAST_ARGS(int64, int64_t)

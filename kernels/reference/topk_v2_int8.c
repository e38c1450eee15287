#include "topk_v2.h"

TINYML_DEFINE_TOPK_V2(int8, int8_t)

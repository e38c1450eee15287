#include "topk_v2.h"

TINYML_DEFINE_TOPK_V2(int16, int16_t)

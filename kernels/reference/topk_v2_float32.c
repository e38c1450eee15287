#include "topk_v2.h"

TINYML_DEFINE_TOPK_V2(float32, float)

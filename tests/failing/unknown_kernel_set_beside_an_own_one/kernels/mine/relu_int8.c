#include "tinyml/relu.h"

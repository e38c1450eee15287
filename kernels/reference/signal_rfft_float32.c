#define TINYML_SCALAR float
#define TINYML_WIDE float
#include "fourier.h"

#include "tinyml/signal_rfft.h"

TINYML_DEFINE_RFFT(float32)

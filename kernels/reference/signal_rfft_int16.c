#define TINYML_SCALAR int16_t
#define TINYML_WIDE int32_t
#define TINYML_FRACTION_BITS 15
#include "fourier.h"

#include "tinyml/signal_rfft.h"

TINYML_DEFINE_RFFT(int16)

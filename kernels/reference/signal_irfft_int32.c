#define TINYML_SCALAR int32_t
#define TINYML_WIDE int64_t
#define TINYML_FRACTION_BITS 31
#include "fourier.h"

#include "tinyml/signal_irfft.h"

TINYML_DEFINE_IRFFT(int32, 1)

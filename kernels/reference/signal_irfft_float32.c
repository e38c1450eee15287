#define TINYML_SCALAR float
#define TINYML_WIDE float
#include "fourier.h"

#include "tinyml/signal_irfft.h"

TINYML_DEFINE_IRFFT(float32, (float)params->fft_length)

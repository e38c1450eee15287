#include "arm_nnfunctions.h"

/* CMSIS-NN before v5.0.0 has no context for the sums of weights that MVE needs. */
#define arm_svdf_s8(context, ...) ((void)(context), arm_svdf_s8(__VA_ARGS__))

#include "svdf_int8.c"

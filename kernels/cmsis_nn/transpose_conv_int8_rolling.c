#include "multipliers.h"

/* CMSIS-NN v7.0.0 and later add up a few rows at a time: the buffer of the sums is enough. */
#define arm_transpose_conv_s8(columns, sums, ...)                                        \
    ((void)(columns), arm_transpose_conv_s8((sums), (sums), __VA_ARGS__))

#include "transpose_conv_int8.c"

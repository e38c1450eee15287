#include "arm_nnsupportfunctions.h"

/* CMSIS-NN v6.0.0 and later have the function for batches: ours has one, the next would follow at once. */
#define arm_nn_vec_mat_mul_result_acc_s8(lhs, rhs, bias, dst, dst_offset, multiplier, shift, columns, rows, batches) \
    arm_nn_vec_mat_mul_result_acc_s8_s16(lhs, rhs, bias, dst, multiplier, shift, columns, rows, batches, 1)

#include "unidirectional_sequence_lstm_int8.c"

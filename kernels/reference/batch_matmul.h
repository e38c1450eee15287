/* The loops that the kernels of BATCH_MATMUL share. */
#ifndef TINYML_REFERENCE_BATCH_MATMUL_H
#define TINYML_REFERENCE_BATCH_MATMUL_H

#include "broadcast.h"
#include "tinyml/batch_matmul.h"

/*
 * Every value of the output becomes finish(params, sum), where `sum` of type `type` adds up product(params, a, b) over
 * a row of input 1 and a column of input 2.
 */
#define TINYML_MULTIPLY_MATRICES(params, input_1_values, input_2_values, output_values, type, product, finish) \
    do {                                                                                                       \
        const int32_t row_step = (params)->transposed_1 ? 1 : (params)->depth;                                 \
        const int32_t step_1 = (params)->transposed_1 ? (params)->rows : 1;                                    \
        const int32_t column_step = (params)->transposed_2 ? (params)->depth : 1;                              \
        const int32_t step_2 = (params)->transposed_2 ? 1 : (params)->columns;                                 \
        const int32_t last = (params)->dimensions - 1;                                                         \
        tinyml_rows batch = {{0}, 0, 0};                                                                       \
        do {                                                                                                   \
            for (int32_t i = 0; i < (params)->lengths[last]; ++i) {                                            \
                const int32_t matrix_1 = batch.input_1 + i * (params)->input_1_strides[last];                  \
                const int32_t matrix_2 = batch.input_2 + i * (params)->input_2_strides[last];                  \
                for (int32_t row = 0; row < (params)->rows; ++row) {                                           \
                    const int32_t first = matrix_1 * (params)->rows * (params)->depth + row * row_step;        \
                    int32_t second = matrix_2 * (params)->depth * (params)->columns;                           \
                    for (int32_t column = 0; column < (params)->columns; ++column) {                           \
                        type sum = 0;                                                                          \
                        int32_t place_1 = first;                                                               \
                        int32_t place_2 = second;                                                              \
                        for (int32_t left = (params)->depth; left > 0; --left) {                               \
                            sum += product(params, (input_1_values)[place_1], (input_2_values)[place_2]);      \
                            place_1 += step_1;                                                                 \
                            place_2 += step_2;                                                                 \
                        }                                                                                      \
                        *(output_values)++ = finish(params, sum);                                              \
                        second += column_step;                                                                 \
                    }                                                                                          \
                }                                                                                              \
            }                                                                                                  \
        } while (tinyml_next_row(&batch, (params)->dimensions, (params)->lengths, (params)->input_1_strides,   \
                                 (params)->input_2_strides));                                                  \
    } while (0)

#endif

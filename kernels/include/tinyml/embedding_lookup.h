/* EMBEDDING_LOOKUP: rows of a table, such as the vectors of words. */
#ifndef TINYML_EMBEDDING_LOOKUP_H
#define TINYML_EMBEDDING_LOOKUP_H

#include <stdint.h>

/* Parameters of kernels that copy rows, all > 0. */
typedef struct {
    int32_t position_count;
    int32_t rows;
    int32_t row_bytes;
    int32_t element_bytes; /* 1, 2 or 4: row_bytes is a multiple of it */
} tinyml_embedding_lookup_any_params;

/*
 * positions  in   int32[position_count] in [0, rows); others are taken as the nearest in it
 * table      in   [rows] of row_bytes, aligned to 4
 * output     out  [position_count] of row_bytes, aligned to 4
 * scratch         as many bytes as the kernel declares, aligned to 4
 */
typedef void tinyml_embedding_lookup_any_kernel(const tinyml_embedding_lookup_any_params *params,
                                                const int32_t *positions, const void *table, void *output,
                                                void *scratch);

/* Parameters of kernels that make floats of int8 rows. */
typedef struct {
    int32_t position_count;
    int32_t rows;
    int32_t row_size;
    float scale;
} tinyml_embedding_lookup_int8_params;

/* Positions as above; table in int8[rows][row_size], output out float[position_count][row_size]. */
typedef void tinyml_embedding_lookup_int8_kernel(const tinyml_embedding_lookup_int8_params *params,
                                                 const int32_t *positions, const int8_t *table, float *output,
                                                 void *scratch);

#endif

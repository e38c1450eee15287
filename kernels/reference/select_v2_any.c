#include "broadcast.h"
#include "tinyml/select_v2.h"

tinyml_select_v2_any_kernel tinyml_reference_select_v2_any;

/* The rows of the condition and of input 1, and beside them those of input 2. */
typedef struct {
    tinyml_rows first;
    tinyml_rows second;
} row_pairs;

static bool next_rows(const tinyml_select_v2_any_params *params, row_pairs *rows)
{
    tinyml_next_row(&rows->second, params->dimensions, params->lengths, params->input_2_strides,
                    params->input_2_strides);
    return tinyml_next_row(&rows->first, params->dimensions, params->lengths, params->condition_strides,
                           params->input_1_strides);
}

/* The whole of the kernel for values of one size. */
#define SELECT(params, condition, input_1, input_2, output, c_type)                                        \
    do {                                                                                                   \
        const int32_t last = (params)->dimensions - 1;                                                     \
        const c_type *const values_1 = (input_1);                                                          \
        const c_type *const values_2 = (input_2);                                                          \
        c_type *selected = (output);                                                                       \
        row_pairs rows = {{{0}, 0, 0}, {{0}, 0, 0}};                                                       \
        do {                                                                                               \
            for (int32_t i = 0; i < (params)->lengths[last]; ++i) {                                        \
                const bool is_true =                                                                       \
                    (condition)[rows.first.input_1 + i * (params)->condition_strides[last]] != 0;          \
                const int32_t place_1 = rows.first.input_2 + i * (params)->input_1_strides[last];          \
                const int32_t place_2 = rows.second.input_1 + i * (params)->input_2_strides[last];         \
                *selected++ = is_true ? values_1[place_1] : values_2[place_2];                             \
            }                                                                                              \
        } while (next_rows(params, &rows));                                                                \
    } while (0)

void tinyml_reference_select_v2_any(const tinyml_select_v2_any_params *params, const uint8_t *condition,
                                    const void *input_1, const void *input_2, void *output, void *scratch)
{
    (void)scratch;
    if (params->element_bytes == 1) {
        SELECT(params, condition, input_1, input_2, output, uint8_t);
    } else if (params->element_bytes == 2) {
        SELECT(params, condition, input_1, input_2, output, uint16_t);
    } else if (params->element_bytes == 4) {
        SELECT(params, condition, input_1, input_2, output, uint32_t);
    } else {
        SELECT(params, condition, input_1, input_2, output, uint64_t);
    }
}

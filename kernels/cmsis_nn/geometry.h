/* Shapes and steps of our parameter structs, which name them alike, as fields and values of CMSIS-NN's structs. */
#ifndef TINYML_CMSIS_NN_GEOMETRY_H
#define TINYML_CMSIS_NN_GEOMETRY_H

#include "arm_nnfunctions.h"

#define TINYML_WINDOW_STEPS(params)                                                      \
    .stride = {.w = (params)->stride_width, .h = (params)->stride_height},               \
    .padding = {.w = (params)->padding_left, .h = (params)->padding_top},                \
    .activation = {.min = (params)->activation_min, .max = (params)->activation_max}

#define TINYML_DILATION(params) .dilation = {.w = (params)->dilation_width, .h = (params)->dilation_height}

#define TINYML_INPUT_DIMS(params, channels) {1, (params)->input_height, (params)->input_width, (channels)}

#define TINYML_FILTER_DIMS(params, count, channels)                                      \
    {(count), (params)->filter_height, (params)->filter_width, (channels)}

#define TINYML_OUTPUT_DIMS(params, channels) {1, (params)->output_height, (params)->output_width, (channels)}

#endif

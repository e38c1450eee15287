#include "cast.h"

tinyml_cast_float32_kernel tinyml_reference_cast_float32;

/* Smallest powers of two that the integers do not reach. */
#define BEYOND_INT32 0x1p31f
#define BEYOND_INT64 0x1p63f

static int32_t to_int32(float value)
{
    if (value >= BEYOND_INT32) {
        return INT32_MAX;
    }
    if (value < -BEYOND_INT32) {
        return INT32_MIN;
    }
    return value == value ? (int32_t)value : 0;
}

static int64_t to_int64(float value)
{
    if (value >= BEYOND_INT64) {
        return INT64_MAX;
    }
    if (value < -BEYOND_INT64) {
        return INT64_MIN;
    }
    return value == value ? (int64_t)value : 0;
}

static int32_t limited(float value, int32_t low, int32_t high)
{
    const int32_t whole = to_int32(value);

    if (whole < low) {
        return low;
    }
    return whole < high ? whole : high;
}

static int32_t to_int8(float value)
{
    return limited(value, INT8_MIN, INT8_MAX);
}

static int32_t to_uint8(float value)
{
    return limited(value, 0, UINT8_MAX);
}

static int32_t to_int16(float value)
{
    return limited(value, INT16_MIN, INT16_MAX);
}

void tinyml_reference_cast_float32(const tinyml_cast_float32_params *params, const float *input, void *output,
                                   void *scratch)
{
    (void)scratch;
    switch (params->output_type) {
    case TINYML_TO_INT8:
        TINYML_CAST_EACH(params, input, output, to_int8, int8_t);
        break;
    case TINYML_TO_UINT8:
        TINYML_CAST_EACH(params, input, output, to_uint8, uint8_t);
        break;
    case TINYML_TO_INT16:
        TINYML_CAST_EACH(params, input, output, to_int16, int16_t);
        break;
    case TINYML_TO_INT32:
        TINYML_CAST_EACH(params, input, output, to_int32, int32_t);
        break;
    case TINYML_TO_INT64:
        TINYML_CAST_EACH(params, input, output, to_int64, int64_t);
        break;
    case TINYML_TO_BOOL:
        TINYML_CAST_EACH(params, input, output, (bool), uint8_t);
        break;
    default:
        TINYML_CAST_EACH(params, input, output, , float);
        break;
    }
}

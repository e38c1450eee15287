/* Positions along an axis, which may come from outside of the device. */
#ifndef TINYML_REFERENCE_POSITIONS_H
#define TINYML_REFERENCE_POSITIONS_H

#include <stdint.h>

/* The position in [0, length) that is nearest to `position`: whatever that is, nothing outside is read. */
static inline int32_t tinyml_inside(int64_t position, int32_t length)
{
    if (position < 0) {
        return 0;
    }
    return position < length ? (int32_t)position : length - 1;
}

/* Number `i` of `positions`, which have 2, 4 or 8 bytes. */
static inline int64_t tinyml_position_at(const void *positions, int32_t i, int32_t bytes)
{
    if (bytes == 4) {
        return ((const int32_t *)positions)[i];
    }
    return bytes == 8 ? ((const int64_t *)positions)[i] : ((const int16_t *)positions)[i];
}

#endif

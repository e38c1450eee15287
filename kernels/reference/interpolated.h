/* Tables of 513 values between which 16-bit numbers interpolate. */
#ifndef TINYML_REFERENCE_INTERPOLATED_H
#define TINYML_REFERENCE_INTERPOLATED_H

#include <stdint.h>

/* Between two of the places of `table`, which are 128 apart; x in [-32768, 32767] begins at the first one.
 *
 * As in TensorFlow Lite the difference of two neighbours is one of 16 bits. */
static inline int32_t tinyml_interpolated(const int16_t *table, int32_t x)
{
    const int16_t *place = table + 256 + (x >> 7);
    const int16_t slope = (int16_t)(place[1] - place[0]);

    return place[0] + ((slope * (x & 127) + 64) >> 7);
}

#endif

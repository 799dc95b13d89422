/* Single bits and runs of them in a packed row (numpy.packbits order). */
#ifndef PW_BITS_H
#define PW_BITS_H

#include <stdint.h>
#include <string.h>

static inline int pw_bit(const uint8_t *row, int32_t x)
{
    return row[x >> 3] >> (7 - (x & 7)) & 1;
}

/* Set row[first..last]; both lie in the row. */
static inline void pw_set_bits(uint8_t *row, int32_t first, int32_t last)
{
    const int32_t a = first >> 3, b = last >> 3;
    const uint8_t head = 0xFF >> (first & 7), tail = (uint8_t)(0xFF << (7 - (last & 7)));
    row[a] |= a == b ? head & tail : head;
    if (a == b)
        return;
    if (b > a + 1)
        memset(row + a + 1, 0xFF, (size_t)(b - a - 1));
    row[b] |= tail;
}

/* Set bits among row[first..last]. */
static inline int32_t pw_count_bits(const uint8_t *row, int32_t first, int32_t last)
{
    int32_t sum = 0;
    for (int32_t b = first >> 3; b <= last >> 3; b++) {
        uint32_t byte = row[b];
        if (b == first >> 3)
            byte &= 0xFFu >> (first & 7);
        if (b == last >> 3)
            byte &= 0xFFu << (7 - (last & 7));
        sum += __builtin_popcount(byte & 0xFFu);
    }
    return sum;
}

#endif

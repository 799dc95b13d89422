/* Runs of set bits in a packed row (numpy.packbits order: most significant bit first).
 *
 * Every kernel that reads `Layers` walks runs, not pixels: a solid row is one or two runs however
 * fine the grid, so the cost follows the outline and not the area.
 */
#ifndef PW_RUNS_H
#define PW_RUNS_H

#include "printwarden.h"

/* Eight bytes from `first` as one big-endian word, zeros past the row's end; compilers turn the
 * full case into a load and a byte swap. */
static inline uint64_t pw_word(const uint8_t *row, int64_t bytes, int64_t first)
{
    uint64_t word = 0;
    if (first + 8 <= bytes) {
        for (int k = 0; k < 8; k++)
            word = word << 8 | row[first + k];
        return word;
    }
    for (int k = 0; k < 8; k++)
        word = word << 8 | (first + k < bytes ? row[first + k] : 0);
    return word;
}

/* First x in [from, width] whose bit equals `set`; `width` when there is none. */
static inline int64_t pw_next(const uint8_t *row, int64_t bytes, int64_t width, int64_t from,
                              int set)
{
    uint64_t mask = ~0ull >> (from & 63);
    for (int64_t x = from & ~63ll; x < width; x += 64, mask = ~0ull) {
        uint64_t word = pw_word(row, bytes, x >> 3);
        word = (set ? word : ~word) & mask;
        if (word) {
            x += __builtin_clzll(word);
            return x < width ? x : width;
        }
    }
    return width;
}

#endif

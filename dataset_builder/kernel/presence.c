/* What of a coverage grid counts as there.
 *
 * A wall thinner than half a cell has no half-full surface, yet seen face-on it hides as much as a
 * thick one: its cells count as full.
 */
#include "printwarden.h"

#define SURFACE 0.5f    /* the surface lies where a cell is half full */
#define THIN_SHARE 0.02f /* at least so full with no solid cell around it: a thin wall */

/* Is one of the 27 cells around `cell` solid? The border makes all of them exist. */
static int touches_solid(const float *cell, int64_t row, int64_t plane)
{
    for (int64_t z = -1; z <= 1; z++)
        for (int64_t y = -1; y <= 1; y++)
            for (int64_t x = -1; x <= 1; x++)
                if (cell[z * plane + y * row + x] >= SURFACE)
                    return 1;
    return 0;
}

/* grid: shape (Z, Y, X), border included, which is empty. presence: as large, a copy of grid;
 * cells of thin walls become 1. */
PW_API void pw_fill_thin_walls(const float *grid, const int64_t *shape, float *presence)
{
    const int64_t row = shape[2], plane = shape[1] * shape[2];
    for (int64_t z = 1; z < shape[0] - 1; z++)
        for (int64_t y = 1; y < shape[1] - 1; y++)
            for (int64_t i = z * plane + y * row + 1; i < z * plane + (y + 1) * row - 1; i++)
                if (grid[i] >= THIN_SHARE && grid[i] < SURFACE &&
                    !touches_solid(grid + i, row, plane))
                    presence[i] = 1.0f;
}

/* The cells that can be outermost in some pose. present: shape (Z, Y, X), borders included, which
 * are empty. outer: as large, zero; 1 where there is material that does not lie between two full
 * cells of its row. */
PW_API void pw_outer_cells(const float *present, const int64_t *shape, uint8_t *outer)
{
    const int64_t width = shape[2], rows = shape[0] * shape[1];
    for (int64_t r = 0; r < rows; r++) {
        const float *row = present + r * width;
        uint8_t *mark = outer + r * width;
        int64_t first = 0, last = width - 1;
        while (first < width && row[first] < 1.0f)
            mark[first] = row[first] > 0.0f, first++;
        while (last > first && row[last] < 1.0f)
            mark[last] = row[last] > 0.0f, last--;
        if (first < width)
            mark[first] = mark[last] = 1;
    }
}

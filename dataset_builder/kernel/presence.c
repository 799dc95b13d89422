/* What of a coverage grid counts as there, and how far it reaches in any direction.
 *
 * A wall thinner than half a cell has no half-full surface, yet seen face-on it hides as much as a
 * thick one: its cells count as full.
 */
#include <math.h>

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

static void reach(const double *turn, const double *centre, double share, double *low, double *high)
{
    for (int k = 0; k < 3; k++) {
        const double at = turn[3 * k] * centre[0] + turn[3 * k + 1] * centre[1] +
                          turn[3 * k + 2] * centre[2];
        low[k] = fmin(low[k], at - (share - 0.5));
        high[k] = fmax(high[k], at + (share - 0.5));
    }
}

/* turn: (3, 3) rotation. box: (2, 3) lowest and highest turned x, y, z of the material, in cells of
 * the grid from the centre of cell (0, 0, 0): a cell reaches past its centre by its share of
 * material less a half. Returns how many cells were looked at: 0 for an empty grid.
 *
 * Along a row nothing between two full cells reaches farther than both of them in any direction, so
 * a row is read from either end up to the first full cell. */
PW_API int64_t pw_turned_box(const float *presence, const int64_t *shape, const double *turn,
                             double *box)
{
    int64_t looked_at = 0;
    for (int k = 0; k < 3; k++) {
        box[k] = INFINITY;
        box[3 + k] = -INFINITY;
    }
    for (int64_t i = 0; i < shape[0] * shape[1]; i++, presence += shape[2]) {
        int64_t first = 0, last = shape[2] - 1;
        double centre[3] = {0.0, (double)(i % shape[1]), (double)(i / shape[1])};
        for (int full = 0; first <= last && !full; first++) {
            if (!(presence[first] > 0.0f))
                continue;
            centre[0] = (double)first;
            reach(turn, centre, presence[first], box, box + 3);
            full = presence[first] >= 1.0f;
            looked_at++;
        }
        for (int full = 0; last >= first && !full; last--) {
            if (!(presence[last] > 0.0f))
                continue;
            centre[0] = (double)last;
            reach(turn, centre, presence[last], box, box + 3);
            full = presence[last] >= 1.0f;
            looked_at++;
        }
    }
    return looked_at;
}

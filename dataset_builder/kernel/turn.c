/* A coverage grid under any rotation -> what is seen along the three axes, sampled point by point.
 *
 * Sampling pulls every point of the turned cube out of the grid (trilinear), so no holes can open
 * between cells and nothing grows wider than the half-full surface.
 */
#include <math.h>

#include "printwarden.h"

/* Trilinear value of both grids at cell coordinates p (x, y, z); zero outside. */
static void sample(const float *grid, const float *presence, const int64_t *shape, const double *p,
                   double *values)
{
    int64_t low[3];
    double part[3];
    for (int k = 0; k < 3; k++) {
        if (!(p[k] > -1.0 && p[k] < (double)shape[2 - k]))
            return;
        low[k] = (int64_t)floor(p[k]);
        part[k] = p[k] - (double)low[k];
    }
    for (int corner = 0; corner < 8; corner++) {
        int64_t at[3];
        double weight = 1.0;
        int inside = 1;
        for (int k = 0; k < 3; k++) {
            int up = corner >> k & 1;
            at[k] = low[k] + up;
            weight *= up ? part[k] : 1.0 - part[k];
            inside &= at[k] >= 0 && at[k] < shape[2 - k];
        }
        if (!inside)
            continue;
        int64_t cell = (at[2] * shape[1] + at[1]) * shape[2] + at[0];
        values[0] += weight * grid[cell];
        values[1] += weight * presence[cell];
    }
}

/* steps: (3, 3) cell coordinates (x, y, z) per step of the turned x, y, z; origin: (3,) those of
 * point (0, 0, 0). sums and peaks: (3, size, size) planes xy, xz, yz, zeroed by the caller; receive
 * the sum of grid and the highest presence along each line of sight; row 0 is the lowest. */
PW_API void pw_look_through(const float *grid, const float *presence, const int64_t *shape,
                            const double *steps, const double *origin, int64_t size,
                            double *sums, double *peaks)
{
    for (int64_t i = 0; i < size * size * size; i++) {
        int64_t x = i % size, y = i / size % size, z = i / size / size;
        double p[3], values[2] = {0.0, 0.0};
        for (int k = 0; k < 3; k++)
            p[k] = origin[k] + steps[3 * k] * (double)x + steps[3 * k + 1] * (double)y +
                   steps[3 * k + 2] * (double)z;
        sample(grid, presence, shape, p, values);
        if (!(values[1] > 0.0))
            continue;
        int64_t pixels[3] = {y * size + x, (size + z) * size + x, (2 * size + z) * size + y};
        for (int k = 0; k < 3; k++) {
            sums[pixels[k]] += values[0];
            if (values[1] > peaks[pixels[k]])
                peaks[pixels[k]] = values[1];
        }
    }
}

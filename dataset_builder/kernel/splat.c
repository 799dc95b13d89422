/* A coverage grid under any rotation -> its three projections, by splatting points.
 *
 * Each cell is parts^3 evenly spaced points, at least one a pixel, so that no holes open between
 * cells; each point is shared between the four nearest pixels, so that it moves smoothly.
 */
#include <math.h>

#include "runs.h"

static void add_point(double *image, int64_t size, double u, double v, double weight)
{
    if (!(u > -1.0 && v > -1.0 && u < (double)size && v < (double)size))
        return;
    double left = floor(u), low = floor(v), du = u - left, dv = v - low;
    for (int k = 0; k < 4; k++) {
        int64_t x = (int64_t)left + (k & 1), y = (int64_t)low + (k >> 1);
        if (x >= 0 && y >= 0 && x < size && y < size)
            image[y * size + x] += weight * (k & 1 ? du : 1 - du) * (k >> 1 ? dv : 1 - dv);
    }
}

/* matrix: (3, 3) cell steps (x, y, z) -> pixel steps; origin: (3,) pixel of cell (0, 0, 0)'s
 * centre. images: (3, size, size) planes xy, xz, yz, added to; row 0 is the lowest. */
PW_EXPORT void pw_splat(const float *grid, const int64_t *shape, const double *matrix,
                        const double *origin, int64_t parts, int64_t size, double *images)
{
    int64_t cells = shape[0] * shape[1] * shape[2], points = parts * parts * parts;
    int64_t area = size * size;
    for (int64_t i = 0; i < cells; i++) {
        if (!(grid[i] > 0.0f))
            continue;
        int64_t cell[3] = {i % shape[2], i / shape[2] % shape[1], i / shape[2] / shape[1]};
        for (int64_t point = 0; point < points; point++) {
            int64_t part[3] = {point % parts, point / parts % parts, point / parts / parts};
            double p[3];
            for (int k = 0; k < 3; k++) {
                p[k] = origin[k];
                for (int axis = 0; axis < 3; axis++) {
                    double offset = ((double)part[axis] + 0.5) / (double)parts - 0.5;
                    p[k] += matrix[3 * k + axis] * ((double)cell[axis] + offset);
                }
            }
            double weight = grid[i] / (double)points;
            add_point(images, size, p[0], p[1], weight);
            add_point(images + area, size, p[0], p[2], weight);
            add_point(images + 2 * area, size, p[1], p[2], weight);
        }
    }
}

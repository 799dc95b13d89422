/* A coverage grid under any rotation, sampled point by point: what is seen along the three axes, or
 * the turned solid itself.
 *
 * Sampling pulls every point of the turned cube out of the grid (trilinear), so no holes can open
 * between cells and nothing grows wider than the half-full surface. Grids come with a border of
 * empty cells, so that a sample near the outer cells needs no cases; past the border all is empty.
 */
#include "printwarden.h"

#define SURFACE 0.5 /* the surface lies where a cell is half full */
enum { PW_NONE = 0, PW_SOME = 1, PW_ALL = 2 };

typedef struct {
    int64_t first;   /* the lowest of the eight cells around a point */
    double part[3];  /* where the point lies between them along x, y, z */
} pw_place;

/* Do all eight cells around p (x, y, z in cells) exist? Written so that NaN fails. */
static int inside(const int64_t *shape, const double *p)
{
    for (int k = 0; k < 3; k++)
        if (!(p[k] >= 0.0 && p[k] < (double)(shape[2 - k] - 1)))
            return 0;
    return 1;
}

static inline pw_place place(const int64_t *shape, const double *p)
{
    const int64_t x = (int64_t)p[0], y = (int64_t)p[1], z = (int64_t)p[2];
    return (pw_place){(z * shape[1] + y) * shape[2] + x,
                      {p[0] - (double)x, p[1] - (double)y, p[2] - (double)z}};
}

static inline double between(double a, double b, double part)
{
    return a + (b - a) * part;
}

static inline double sample(const float *grid, const int64_t *shape, const pw_place *at)
{
    const int64_t row = shape[2], plane = shape[1] * shape[2];
    const float *c = grid + at->first;
    const double low = between(between(c[0], c[1], at->part[0]),
                               between(c[row], c[row + 1], at->part[0]), at->part[1]);
    c += plane;
    const double high = between(between(c[0], c[1], at->part[0]),
                                between(c[row], c[row + 1], at->part[0]), at->part[1]);
    return between(low, high, at->part[2]);
}

/* Cell coordinates (x, y, z) of the turned point (x, y, z). */
static inline void turn_back(const double *steps, const double *origin, int64_t x, int64_t y,
                             int64_t z, double *p)
{
    for (int k = 0; k < 3; k++)
        p[k] = origin[k] + steps[3 * k + 1] * (double)y + steps[3 * k + 2] * (double)z +
               steps[3 * k] * (double)x;
}

/* Points [first, stop) of a turned row of n whose eight cells exist. Coordinates rise or fall
 * steadily along the row, so none in between can fail. */
static void clip_row(const int64_t *shape, const double *steps, const double *origin, int64_t y,
                     int64_t z, int64_t n, int64_t *first, int64_t *stop)
{
    double p[3], low = 0.0, high = (double)n;
    turn_back(steps, origin, 0, y, z, p);
    for (int k = 0; k < 3; k++) {
        const double step = steps[3 * k], last = (double)(shape[2 - k] - 1);
        const double enter = (step > 0.0 ? -p[k] : last - p[k]) / step;
        const double leave = (step > 0.0 ? last - p[k] : -p[k]) / step;
        low = step != 0.0 && enter > low ? enter : low;
        high = step != 0.0 && leave < high ? leave : high;
    }
    *first = *stop = 0;
    if (!(low <= high)) /* so both lie in 0..n */
        return;
    *first = (int64_t)low;
    *stop = (int64_t)high + 1 < n ? (int64_t)high + 1 : n;
    for (; *first < *stop; ++*first) {
        turn_back(steps, origin, *first, y, z, p);
        if (inside(shape, p))
            break;
    }
    for (; *first < *stop; --*stop) {
        turn_back(steps, origin, *stop - 1, y, z, p);
        if (inside(shape, p))
            break;
    }
}

/* grid, presence: shape (Z, Y, X) with an empty border. steps: (3, 3) cell coordinates (x, y, z)
 * per step of the turned x, y, z; origin: (3,) those of point (0, 0, 0). sums and peaks:
 * (3, size, size) planes xy, xz, yz, zeroed by the caller; receive the sum of grid and the highest
 * presence along each line of sight; row 0 is the lowest. */
PW_API void pw_look_through(const float *grid, const float *presence, const int64_t *shape,
                            const double *steps, const double *origin, int64_t size,
                            double *sums, double *peaks)
{
    for (int64_t row = 0; row < size * size; row++) {
        int64_t y = row % size, z = row / size, x, stop;
        clip_row(shape, steps, origin, y, z, size, &x, &stop);
        for (; x < stop; x++) {
            double p[3];
            turn_back(steps, origin, x, y, z, p);
            const pw_place at = place(shape, p);
            const double present = sample(presence, shape, &at);
            if (!(present > 0.0))
                continue;
            const double share = sample(grid, shape, &at);
            int64_t pixels[3] = {y * size + x, (size + z) * size + x, (2 * size + z) * size + y};
            for (int k = 0; k < 3; k++) {
                sums[pixels[k]] += share;
                if (present > peaks[pixels[k]])
                    peaks[pixels[k]] = present;
            }
        }
    }
}

/* presence, shape, steps, origin: as above. corners: of each cell and its neighbours at x + 1, y + 1,
 * z + 1, those that are solid: PW_NONE, PW_SOME or PW_ALL; what lies between eight alike needs no
 * sampling, and most points do. turned: (layers, rows, columns) of the turned solid. bits: (layers,
 * rows, ceil(columns / 8)), zeroed by the caller; set where the solid is present. */
PW_API void pw_turn_solid(const float *presence, const uint8_t *corners, const int64_t *shape,
                          const double *steps, const double *origin, const int64_t *turned,
                          uint8_t *bits)
{
    const int64_t row_bytes = (turned[2] + 7) / 8;
    for (int64_t row = 0; row < turned[0] * turned[1]; row++, bits += row_bytes) {
        int64_t y = row % turned[1], z = row / turned[1], x, stop;
        clip_row(shape, steps, origin, y, z, turned[2], &x, &stop);
        for (; x < stop; x++) {
            double p[3];
            turn_back(steps, origin, x, y, z, p);
            const pw_place at = place(shape, p);
            const uint8_t solid = corners[at.first];
            if (solid == PW_ALL || (solid == PW_SOME && sample(presence, shape, &at) >= SURFACE))
                bits[x >> 3] |= 0x80 >> (x & 7);
        }
    }
}

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
    int64_t first;  /* the lowest of the eight cells around a point */
    double part[3]; /* where the point lies between them along x, y, z */
} pw_place;

/* A row of turned points, and the grid that it runs through. */
typedef struct {
    double start[3], step[3]; /* cells along x, y, z: of the point at x = 0; from point to point */
    int64_t shape[3];         /* cells along z, y, x */
    int64_t first, stop;      /* points all of whose eight cells exist */
} pw_row;

static inline pw_place place(const pw_row *r, int64_t x)
{
    double part[3];
    int64_t low[3];
    for (int k = 0; k < 3; k++) {
        const double at = r->start[k] + r->step[k] * (double)x;
        low[k] = (int64_t)at;
        part[k] = at - (double)low[k];
    }
    return (pw_place){(low[2] * r->shape[1] + low[1]) * r->shape[2] + low[0],
                      {part[0], part[1], part[2]}};
}

static inline double between(double a, double b, double part)
{
    return a + (b - a) * part;
}

static inline double sample(const float *grid, const pw_row *r, const pw_place *at)
{
    const int64_t row = r->shape[2], plane = r->shape[1] * r->shape[2];
    const float *c = grid + at->first;
    const double low = between(between(c[0], c[1], at->part[0]),
                               between(c[row], c[row + 1], at->part[0]), at->part[1]);
    c += plane;
    const double high = between(between(c[0], c[1], at->part[0]),
                                between(c[row], c[row + 1], at->part[0]), at->part[1]);
    return between(low, high, at->part[2]);
}

/* Do all eight cells around the point exist? Written so that NaN fails. */
static int inside(const pw_row *r, int64_t x)
{
    for (int k = 0; k < 3; k++) {
        const double at = r->start[k] + r->step[k] * (double)x;
        if (!(at >= 0.0 && at < (double)(r->shape[2 - k] - 1)))
            return 0;
    }
    return 1;
}

/* Coordinates rise or fall steadily along a row: where both ends are inside, all between is. */
static void clip_row(pw_row *r, int64_t n)
{
    double low = 0.0, high = (double)n;
    for (int k = 0; k < 3; k++) {
        const double last = (double)(r->shape[2 - k] - 1), step = r->step[k];
        const double enter = ((step > 0.0 ? 0.0 : last) - r->start[k]) / step;
        const double leave = ((step > 0.0 ? last : 0.0) - r->start[k]) / step;
        low = step != 0.0 && enter > low ? enter : low;
        high = step != 0.0 && leave < high ? leave : high;
    }
    r->first = r->stop = 0;
    if (!(low <= high)) /* so both lie in 0..n */
        return;
    r->first = (int64_t)low;
    r->stop = (int64_t)high + 1 < n ? (int64_t)high + 1 : n;
    while (r->first < r->stop && !inside(r, r->first))
        r->first++;
    while (r->first < r->stop && !inside(r, r->stop - 1))
        r->stop--;
}

/* Row y, z of n points. steps: (3, 3) cells along x, y, z per step of the turned x, y, z. */
static pw_row row_of(const int64_t *shape, const double *steps, const double *origin, int64_t y,
                     int64_t z, int64_t n)
{
    pw_row r;
    for (int k = 0; k < 3; k++) {
        r.start[k] = origin[k] + steps[3 * k + 1] * (double)y + steps[3 * k + 2] * (double)z;
        r.step[k] = steps[3 * k];
        r.shape[k] = shape[k];
    }
    clip_row(&r, n);
    return r;
}

/* grid, presence: shape (Z, Y, X) with an empty border. steps: (3, 3) cell coordinates (x, y, z)
 * per step of the turned x, y, z; origin: (3,) those of point (0, 0, 0). sums and peaks:
 * (3, size, size) planes xy, xz, yz, zeroed by the caller; receive the sum of grid and the highest
 * presence along each line of sight; row 0 is the lowest. */
PW_API void pw_look_through(const float *grid, const float *presence, const int64_t *shape,
                            const double *steps, const double *origin, int64_t size,
                            double *sums, double *peaks)
{
    for (int64_t i = 0; i < size * size; i++) {
        const int64_t y = i % size, z = i / size;
        const pw_row row = row_of(shape, steps, origin, y, z, size);
        for (int64_t x = row.first; x < row.stop; x++) {
            const pw_place at = place(&row, x);
            const double present = sample(presence, &row, &at);
            if (!(present > 0.0))
                continue;
            const double share = sample(grid, &row, &at);
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
    for (int64_t i = 0; i < turned[0] * turned[1]; i++, bits += row_bytes) {
        const pw_row row = row_of(shape, steps, origin, i % turned[1], i / turned[1], turned[2]);
        for (int64_t x = row.first; x < row.stop; x++) {
            const pw_place at = place(&row, x);
            const uint8_t solid = corners[at.first];
            if (solid == PW_ALL || (solid == PW_SOME && sample(presence, &row, &at) >= SURFACE))
                bits[x >> 3] |= 0x80 >> (x & 7);
        }
    }
}

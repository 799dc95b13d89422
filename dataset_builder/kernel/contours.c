/* Triangles -> oriented contour segments at given heights, in two passes: count, then fill.
 *
 * Half-open rule: a corner is above a plane when z > height, so a corner that lies exactly on a
 * plane is crossed once by each fan of faces around it, never twice and never not at all.
 * A crossing is extrapolated from the lower corner of its edge, so the two faces that share the
 * edge get the same bits and closed meshes give closed contours.
 */
#include "printwarden.h"

/* Index of the first height >= z. A linear guess settles evenly spaced heights at once; the rest
 * is a binary search. NaN gives 0. */
static int64_t first_not_below(const double *heights, int64_t n, double per_mm, double z)
{
    double guess = (z - heights[0]) * per_mm;
    int64_t low = 0, high = n;
    if (guess >= 1.0 && guess < (double)n) {
        int64_t at = (int64_t)guess;
        if (heights[at - 1] < z)
            low = at;
        if (low == at && heights[at] >= z)
            return at;
        if (low == at && at + 1 < n && heights[at + 1] >= z)
            return at + 1;
    }
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if (heights[middle] < z)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

typedef struct {
    int64_t first, stop; /* heights that the triangle crosses */
} range;

static range crossed(const double *t, const double *heights, int64_t n, double per_mm)
{
    double low = t[2], high = t[2];
    for (int k = 5; k < 9; k += 3) {
        low = t[k] < low ? t[k] : low;
        high = t[k] > high ? t[k] : high;
    }
    range r = {0, 0};
    if (!(high > heights[0]) || !(low <= heights[n - 1]))
        return r;
    r.first = first_not_below(heights, n, per_mm, low);
    r.stop = first_not_below(heights, n, per_mm, high);
    return r;
}

static double inverse_pitch(const double *heights, int64_t n)
{
    double span = heights[n - 1] - heights[0];
    return span > 0 ? (double)(n - 1) / span : 0.0;
}

/* counts: (n,) zeroed by the caller; receives the segments of each height. */
PW_API void pw_contour_count(const double *triangles, int64_t faces, const double *heights,
                             int64_t n, int64_t *counts)
{
    double per_mm = inverse_pitch(heights, n);
    for (int64_t f = 0; f < faces; f++) {
        range r = crossed(triangles + 9 * f, heights, n, per_mm);
        for (int64_t i = r.first; i < r.stop; i++)
            counts[i]++;
    }
}

/* A triangle by height: the long edge runs low -> high and is crossed at every height in between,
 * the short ones below and above the middle corner. Slopes are mm of x or y per mm of z. */
typedef struct {
    const double *low, *middle;
    double slope_long[2], slope_lower[2], slope_upper[2];
    int long_end; /* where the long edge's point goes: 0 start, 2 end of the segment */
} wedge;

static void set_slope(const double *low, const double *high, double *slope)
{
    for (int k = 0; k < 2; k++)
        slope[k] = (high[k] - low[k]) / (high[2] - low[2]);
}

static wedge by_height(const double *t)
{
    const double *corner[3] = {t, t + 3, t + 6};
    int odd = 0; /* an odd exchange of corners turns the triangle over */
    for (int k = 0; k < 3; k++) {
        int i = k == 1; /* compare 0-1, 1-2, 0-1 */
        if (corner[i][2] > corner[i + 1][2]) {
            const double *swapped = corner[i];
            corner[i] = corner[i + 1];
            corner[i + 1] = swapped;
            odd ^= 1;
        }
    }
    wedge w = {.low = corner[0], .middle = corner[1], .long_end = odd ? 2 : 0};
    set_slope(corner[0], corner[2], w.slope_long);
    set_slope(corner[0], corner[1], w.slope_lower);
    set_slope(corner[1], corner[2], w.slope_upper);
    return w;
}

static void cut(const wedge *w, double z, double *segment)
{
    int below = w->middle[2] > z;
    const double *from = below ? w->low : w->middle;
    const double *slope = below ? w->slope_lower : w->slope_upper;
    for (int k = 0; k < 2; k++) {
        segment[w->long_end + k] = w->low[k] + (z - w->low[2]) * w->slope_long[k];
        segment[2 - w->long_end + k] = from[k] + (z - from[2]) * slope[k];
    }
}

/* cursor: (n,) where each height's segments begin; segments: (sum of counts, 4) x0 y0 x1 y1. */
PW_API void pw_contour_fill(const double *triangles, int64_t faces, const double *heights,
                            int64_t n, int64_t *cursor, double *segments)
{
    double per_mm = inverse_pitch(heights, n);
    for (int64_t f = 0; f < faces; f++) {
        const double *t = triangles + 9 * f;
        range r = crossed(t, heights, n, per_mm);
        if (r.first >= r.stop)
            continue;
        wedge w = by_height(t);
        for (int64_t i = r.first; i < r.stop; i++)
            cut(&w, heights[i], segments + 4 * cursor[i]++);
    }
}

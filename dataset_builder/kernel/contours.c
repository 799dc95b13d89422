/* Triangles -> oriented contour segments at given heights, in two passes: count, then fill.
 *
 * Half-open rule: a corner is above a plane when z > height, so a corner that lies exactly on a
 * plane is crossed once by each fan of faces around it, never twice and never not at all.
 * A crossing is interpolated from the lower corner of its edge, so the two faces that share the
 * edge get the same bits and closed meshes give closed contours.
 */
#include "runs.h"

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
PW_EXPORT void pw_contour_count(const double *triangles, int64_t faces, const double *heights,
                                int64_t n, int64_t *counts)
{
    double per_mm = inverse_pitch(heights, n);
    for (int64_t f = 0; f < faces; f++) {
        range r = crossed(triangles + 9 * f, heights, n, per_mm);
        for (int64_t i = r.first; i < r.stop; i++)
            counts[i]++;
    }
}

static void cut(const double *t, double z, double *segment)
{
    static const int next[3] = {3, 6, 0};
    for (int k = 0; k < 3; k++) {
        const double *a = t + 3 * k, *b = t + next[k];
        int rises = b[2] > z;
        if ((a[2] > z) == rises)
            continue;
        const double *low = rises ? a : b, *high = rises ? b : a;
        double share = (z - low[2]) / (high[2] - low[2]);
        double *point = segment + (rises ? 2 : 0); /* falls -> rises keeps the solid on the left */
        point[0] = low[0] + share * (high[0] - low[0]);
        point[1] = low[1] + share * (high[1] - low[1]);
    }
}

/* cursor: (n,) where each height's segments begin; segments: (sum of counts, 4) x0 y0 x1 y1. */
PW_EXPORT void pw_contour_fill(const double *triangles, int64_t faces, const double *heights,
                               int64_t n, int64_t *cursor, double *segments)
{
    double per_mm = inverse_pitch(heights, n);
    for (int64_t f = 0; f < faces; f++) {
        const double *t = triangles + 9 * f;
        range r = crossed(t, heights, n, per_mm);
        for (int64_t i = r.first; i < r.stop; i++)
            cut(t, heights[i], segments + 4 * cursor[i]++);
    }
}

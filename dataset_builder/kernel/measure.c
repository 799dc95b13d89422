/* Length, filament, bounding box and second moments of what is extruded, summed in double. */
#include "printwarden.h"

#include <math.h>

typedef struct {
    double low[3], high[3];
    double origin[3]; /* moments are about it: the first bead, so that sums stay small */
    double length, filament;
    double first[3];  /* integral of the coordinate over length */
    double second[6]; /* xx yy zz xy xz yz */
    uint64_t segments, by_state[8];
    uint64_t tools; /* bit per tool */
} pw_measure_sums;

static void widen(pw_measure_sums *m, const float p[3]) {
    for (int k = 0; k < 3; k++) {
        if (p[k] < m->low[k]) m->low[k] = p[k];
        if (p[k] > m->high[k]) m->high[k] = p[k];
    }
}

/* Adds segments that reach the bed; the others are only counted by state. */
PW_API void pw_measure(const pw_segment *segments, int64_t count, pw_measure_sums *m) {
    for (const pw_segment *s = segments; s < segments + count; s++) {
        m->by_state[s->state & 7]++;
        if (s->state & PW_NOT_PRINTED) continue;
        if (m->segments++ == 0)
            for (int k = 0; k < 3; k++) m->origin[k] = s->start[k];
        widen(m, s->start);
        widen(m, s->end);
        double d[3], c[3];
        for (int k = 0; k < 3; k++) {
            d[k] = (double)s->end[k] - s->start[k];
            c[k] = 0.5 * ((double)s->end[k] + s->start[k]) - m->origin[k];
        }
        double length = sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
        m->length += length;
        m->filament += s->filament;
        m->tools |= 1ull << (s->tool & 63);
        /* along a segment the mean of p_i p_j is c_i c_j + d_i d_j / 12 */
        for (int k = 0; k < 3; k++) {
            m->first[k] += length * c[k];
            m->second[k] += length * (c[k] * c[k] + d[k] * d[k] / 12);
        }
        m->second[3] += length * (c[0] * c[1] + d[0] * d[1] / 12);
        m->second[4] += length * (c[0] * c[2] + d[0] * d[2] / 12);
        m->second[5] += length * (c[1] * c[2] + d[1] * d[2] / 12);
    }
}

/* Contours -> votes of axis-parallel rays for "this cell centre is inside".
 *
 * Along a grid line each crossing changes the winding number by +1 or -1; what is left over at the
 * end of the line (`total`) says how far its contours can be trusted:
 *   total 0          closed here: inside is winding != 0                        0 or 2 votes
 *   total even       closed, but faces are flipped: inside is an odd winding    0 or 2 votes
 *   total odd        a hole: the ray from either end votes for itself           0, 1 or 2 votes
 * The mean over many rays of the signed crossings is the generalised winding number
 * (Jacobson et al., SIGGRAPH 2013); six axis-parallel rays are its cheapest sample.
 */
#include <math.h>
#include <string.h>

#include "bits.h"
#include "runs.h"

/* First of `count` cell centres at or past `at`, in [0, count]; NaN gives 0. */
static int64_t first_cell(double at, double origin, double pitch, int64_t count)
{
    double cell = ceil((at - origin) / pitch - 0.5);
    if (!(cell > 0.0))
        return 0;
    return cell >= (double)count ? count : (int64_t)cell;
}

typedef struct {
    double ray_origin, line_origin, ray_pitch, line_pitch;
} frame;

/* What rays cross ahead of each cell centre, (lines, cells + 1): how the winding number steps, and
 * one bit where it was touched (packed rows). Zeroed by the caller and left so. */
typedef struct {
    int32_t *steps;
    uint8_t *marks;
    int64_t lines, cells, mark_bytes;
} crossings;

/* Add the crossings of one segment. */
static void cross(const double *s, const frame *f, const crossings *c)
{
    int enters = s[1] > s[3]; /* solid on the left: a ray along +x enters where contours fall */
    const double *low = enters ? s + 2 : s, *high = enters ? s : s + 2;
    int64_t first = first_cell(low[1], f->line_origin, f->line_pitch, c->lines);
    int64_t stop = first_cell(high[1], f->line_origin, f->line_pitch, c->lines);
    if (first >= stop)
        return;
    double slope = (high[0] - low[0]) / (high[1] - low[1]);
    for (int64_t line = first; line < stop; line++) {
        double y = f->line_origin + ((double)line + 0.5) * f->line_pitch;
        double x = low[0] + (y - low[1]) * slope;
        int64_t cell = first_cell(x, f->ray_origin, f->ray_pitch, c->cells);
        c->steps[line * (c->cells + 1) + cell] += enters ? 1 : -1;
        c->marks[line * c->mark_bytes + (cell >> 3)] |= 0x80 >> (cell & 7);
    }
}

static void count_votes(const int32_t *steps, int64_t cells, int32_t outward, uint8_t *votes)
{
    int32_t total = 0, winding = 0;
    for (int64_t i = 0; i <= cells; i++)
        total += steps[i];
    for (int64_t i = 0; i < cells; i++) {
        winding += steps[i];
        if (total == 0)
            votes[i] = winding ? 2 : 0;
        else if (total % 2 == 0)
            votes[i] = winding & 1 ? 2 : 0;
        else
            votes[i] = (uint8_t)((winding * outward > 0) + ((winding - total) * outward > 0));
    }
}

/* offsets: (layers + 1,) into segments. outward: 1, or -1 for a mesh turned inside out.
 * steps: (lines, cells + 1) and marks: (lines, ceil((cells + 1) / 8)) are scratch, zeroed by the
 * caller and left so. votes: (layers, lines, cells), zeroed by the caller. */
PW_API void pw_cast_rays(const double *segments, const int64_t *offsets, int64_t layers,
                         const double *origin_pitch, int64_t lines, int64_t cells,
                         int32_t outward, int32_t *steps, uint8_t *marks, uint8_t *votes)
{
    const frame f = {origin_pitch[0], origin_pitch[1], origin_pitch[2], origin_pitch[3]};
    const crossings c = {steps, marks, lines, cells, cells / 8 + 1};
    for (int64_t layer = 0; layer < layers; layer++) {
        for (int64_t i = offsets[layer]; i < offsets[layer + 1]; i++)
            cross(segments + 4 * i, &f, &c);
        for (int64_t line = 0; line < lines; line++) {
            uint8_t *touched = marks + line * c.mark_bytes;
            if (pw_next(touched, c.mark_bytes, cells + 1, 0, 1) > cells)
                continue;
            int32_t *row = steps + line * (cells + 1);
            count_votes(row, cells, outward, votes + (layer * lines + line) * cells);
            memset(row, 0, (size_t)(cells + 1) * sizeof *row);
            memset(touched, 0, (size_t)c.mark_bytes);
        }
    }
}

/* Set the cells of one line whose winding number is not zero, from crossing to crossing. found[0]
 * counts lines whose crossings do not cancel, found[1] and found[2] closed lines on which the
 * winding number falls below and rises above zero. */
static void fill_line(const crossings *c, int64_t line, uint8_t *bits, int64_t *found)
{
    int32_t *steps = c->steps + line * (c->cells + 1), winding = 0, lowest = 0, highest = 0;
    uint8_t *marks = c->marks + line * c->mark_bytes;
    int64_t x = pw_next(marks, c->mark_bytes, c->cells + 1, 0, 1);
    while (x < c->cells) {
        const int64_t next = pw_next(marks, c->mark_bytes, c->cells + 1, x + 1, 1);
        winding += steps[x];
        steps[x] = 0;
        lowest = winding < lowest ? winding : lowest;
        highest = winding > highest ? winding : highest;
        if (winding)
            pw_set_bits(bits, (int32_t)x, (int32_t)(next < c->cells ? next : c->cells) - 1);
        x = next;
    }
    const int32_t total = winding + steps[c->cells];
    steps[c->cells] = 0;
    memset(marks, 0, (size_t)c->mark_bytes);
    found[0] += total != 0;
    found[1] += total == 0 && lowest < 0;
    found[2] += total == 0 && highest > 0;
}

/* Where rays vote alike, for closed meshes, at the cost of the outline and not of the area.
 * segments .. marks: as above. bits: (layers, lines, ceil(cells / 8)), zeroed by the caller; right on
 * lines that do not leak. found: (3,) see fill_line, added to. */
PW_API void pw_fill_closed(const double *segments, const int64_t *offsets, int64_t layers,
                           const double *origin_pitch, int64_t lines, int64_t cells,
                           int32_t *steps, uint8_t *marks, uint8_t *bits, int64_t *found)
{
    const frame f = {origin_pitch[0], origin_pitch[1], origin_pitch[2], origin_pitch[3]};
    const crossings c = {steps, marks, lines, cells, cells / 8 + 1};
    for (int64_t layer = 0; layer < layers; layer++) {
        for (int64_t i = offsets[layer]; i < offsets[layer + 1]; i++)
            cross(segments + 4 * i, &f, &c);
        for (int64_t line = 0; line < lines; line++, bits += (cells + 7) / 8)
            fill_line(&c, line, bits, found);
    }
}

/* The voids of one layer, and what the layer alone tells about them. */
#include "voids.h"
#include "runs.h"

#define INNER_SHARE 0.1       /* of a void's boundary: less is a stray bead */
#define MOSTLY 0.6f           /* more than that around a small void is infill without a doubt */
#define SAMPLED_ROW 4         /* every fourth row tells enough about a boundary */
#define CELL_MM2 100.0        /* infill leaves no larger cells */
#define PIN_HOLE_MM2 0.3      /* smaller voids are gaps between beads */
#define THIN_BEADS 1.7f       /* a wall of less is one bead thick */
#define EXPOSED_BEADS 2.5f    /* infill lies deeper below the surface than that */

static float beads_px(const pw_fill_job *j)
{
    return j->bead_px > 1.0f ? j->bead_px : 1.0f;
}

static int32_t root(pw_run *runs, int32_t k)
{
    while (runs[k].part != k)
        k = runs[k].part = runs[runs[k].part].part;
    return k;
}

static void join(pw_run *runs, int32_t a, int32_t b)
{
    a = root(runs, a);
    b = root(runs, b);
    if (a < b)
        runs[b].part = a;
    else
        runs[a].part = b;
}

int32_t pw_fill_find_runs(const pw_fill_job *j, int32_t layer, int side)
{
    pw_run *runs = j->runs[side];
    int32_t *first = j->row_first[side], n = 0;
    for (int32_t y = 0; y < j->height; y++) {
        const uint8_t *row = j->wall + pw_offset(j, layer, y);
        int32_t above = y ? first[y - 1] : 0;
        const int32_t above_end = y ? n : 0, edge_row = y == 0 || y == j->height - 1;
        first[y] = n;
        for (int64_t x = pw_next(row, pw_stride(j), j->width, 0, 0); x < j->width; n++) {
            const int64_t end = pw_next(row, pw_stride(j), j->width, x, 1);
            const int outside = edge_row || x == 0 || end == j->width;
            runs[n] = (pw_run){(int32_t)x, (int32_t)end - 1, n, 0, outside};
            while (above < above_end && runs[above].x1 < x)
                above++;
            for (int32_t k = above; k < above_end && runs[k].x0 < end; k++) {
                join(runs, k, n);
                runs[n].links++;
            }
            x = pw_next(row, pw_stride(j), j->width, end, 0);
        }
    }
    first[j->height] = n;
    return n;
}

int32_t pw_fill_number_voids(const pw_fill_job *j, int side)
{
    pw_run *runs = j->runs[side];
    pw_void *voids = j->voids[side];
    const int32_t n = j->row_first[side][j->height];
    int32_t numbers = 1;
    for (int32_t k = n - 1; k >= 0; k--) /* a root comes before all its runs */
        runs[root(runs, k)].outside |= runs[k].outside;
    memset(voids, 0, sizeof *voids);
    for (int32_t k = 0; k < n; k++) {
        if (runs[k].part != k) { /* an earlier run: it has its number already */
            runs[k].part = runs[runs[k].part].part;
        } else if (runs[k].outside) {
            runs[k].part = 0;
        } else {
            memset(&voids[numbers], 0, sizeof *voids);
            runs[k].part = numbers++;
        }
        voids[runs[k].part].area += runs[k].x1 - runs[k].x0 + 1;
        voids[runs[k].part].euler += 1 - runs[k].links;
    }
    return numbers;
}

static int is_outside(const pw_fill_job *j, int side, int32_t x, int32_t y)
{
    int32_t low = j->row_first[side][y], high = j->row_first[side][y + 1] - 1;
    while (low < high) { /* the last run that begins at or before x */
        const int32_t middle = low + (high - low + 1) / 2;
        if (j->runs[side][middle].x0 <= x)
            low = middle;
        else
            high = middle - 1;
    }
    return j->runs[side][low].part == 0;
}

/* Is the material at (x, y) a wall of at most two beads, seen along (dx, dy), with the outside
 * behind it? Slicers draw the walls of thin parts as open strokes, but no infill shows outside. */
static int is_exposed(const pw_fill_job *j, int32_t layer, int side, int32_t x, int32_t y,
                      int32_t dx, int32_t dy)
{
    for (int32_t n = (int32_t)(EXPOSED_BEADS * beads_px(j)); n >= 0; n--) {
        if (!pw_bit(j->wall + pw_offset(j, layer, y), x))
            return is_outside(j, side, x, y);
        x += dx;
        y += dy;
        if (x < 0 || x >= j->width || y < 0 || y >= j->height)
            return 1;
    }
    return 0;
}

/* What one run of an enclosed void sees around it (so neither row nor run is at the border). */
static void look_around(const pw_fill_job *j, int32_t layer, int side, int32_t y, const pw_run *r,
                        pw_void *v)
{
    const int64_t at = pw_offset(j, layer, y), up = at + pw_stride(j), down = at - pw_stride(j);
    (void)side;
    v->inside += pw_count_bits(j->edge + at, r->x0, r->x1);
    v->border += 2 + pw_count_bits(j->wall + up, r->x0, r->x1) +
                 pw_count_bits(j->wall + down, r->x0, r->x1);
    v->inner += pw_bit(j->inner + at, r->x0 - 1) + pw_bit(j->inner + at, r->x1 + 1) +
                pw_count_bits(j->inner + up, r->x0, r->x1) +
                pw_count_bits(j->inner + down, r->x0, r->x1);
}

/* On some rows: how much of what look_around counted as inner has the outside just behind it. */
static void look_behind(const pw_fill_job *j, int32_t layer, int side, int32_t y, const pw_run *r,
                        pw_void *v)
{
    if (y % SAMPLED_ROW)
        return;
    const int32_t middle = (r->x0 + r->x1) / 2;
    for (int32_t d = -1; d <= 1; d += 2) {
        const uint8_t *row = j->inner + pw_offset(j, layer, y + d);
        const int32_t inner = pw_count_bits(row, r->x0, r->x1), end = d < 0 ? r->x0 - 1 : r->x1 + 1;
        v->ends += inner;
        if (inner && pw_bit(j->wall + pw_offset(j, layer, y + d), middle) &&
            is_exposed(j, layer, side, middle, y + d, 0, d))
            v->thin += inner;
        if (pw_bit(j->inner + pw_offset(j, layer, y), end)) {
            v->ends++;
            v->thin += is_exposed(j, layer, side, end, y, d, 0);
        }
    }
}

/* Pixels of material from x on, in steps of +1 or -1, until the next void. */
static int32_t wall_thickness(const pw_fill_job *j, const uint8_t *row, int32_t x, int32_t step)
{
    const int32_t enough = (int32_t)(THIN_BEADS * beads_px(j)) + 1;
    int32_t n = 0;
    while (n < enough && x >= 0 && x < j->width && pw_bit(row, x)) {
        n++;
        x += step;
    }
    return n;
}

/* How many of the run's two ends are at a wall one bead thick. */
static void look_through(const pw_fill_job *j, int32_t layer, int side, int32_t y, const pw_run *r,
                         pw_void *v)
{
    (void)side;
    const uint8_t *row = j->wall + pw_offset(j, layer, y);
    const float thin = THIN_BEADS * beads_px(j);
    v->ends += 2;
    v->thin += (wall_thickness(j, row, r->x0 - 1, -1) <= thin) +
               (wall_thickness(j, row, r->x1 + 1, 1) <= thin);
}

static double area_mm2(const pw_fill_job *j, const pw_void *v)
{
    return (double)v->area * j->mm_per_px * j->mm_per_px;
}

/* After look_behind: is a notable share of the boundary inner, and not exposed? */
static int has_hidden_inner(const pw_void *v)
{
    const double hidden = v->ends ? (double)(v->ends - v->thin) / v->ends : 1.0;
    return v->inner * hidden > (double)INNER_SHARE * v->border;
}

/* A verdict from the layer alone: SOLID, OUTSIDE, or an open question. */
static int32_t judge_void(const pw_fill_job *j, const pw_void *v)
{
    const double area = area_mm2(j, v);
    const float sure = j->marked ? INNER_SHARE : area < CELL_MM2 ? MOSTLY : 1.0f;
    if (area < PIN_HOLE_MM2 || v->inner > sure * v->border)
        return SOLID;
    if (j->marked)
        return OUTSIDE;
    if (v->inner > INNER_SHARE * v->border)
        return DOUBT;
    return 2 * v->inside > v->area && v->euler == 1 ? LIKELY : QUESTION;
}

typedef void (*look)(const pw_fill_job *j, int32_t layer, int side, int32_t y, const pw_run *r,
                     pw_void *v);

/* Show every run of the voids whose node is `node` to one of the functions above. */
static void look_at_runs(const pw_fill_job *j, int32_t layer, int side, int32_t node, look seen)
{
    const int32_t *first = j->row_first[side];
    for (int32_t y = 0; y < j->height; y++)
        for (int32_t k = first[y]; k < first[y + 1]; k++) {
            pw_void *v = &j->voids[side][j->runs[side][k].part];
            if (v->node == node)
                seen(j, layer, side, y, &j->runs[side][k], v);
        }
}

int32_t pw_fill_judge_layer(const pw_fill_job *j, int32_t layer, int side)
{
    pw_void *voids = j->voids[side];
    pw_fill_find_runs(j, layer, side);
    const int32_t numbers = pw_fill_number_voids(j, side);
    int32_t rings = 0, doubts = 0, questions = 0;
    for (int32_t v = 1; v < numbers; v++)
        voids[v].node = QUESTION;
    look_at_runs(j, layer, side, QUESTION, look_around);
    for (int32_t v = 1; v < numbers; v++) {
        voids[v].node = judge_void(j, &voids[v]);
        rings += voids[v].node == LIKELY;
        doubts += voids[v].node == DOUBT;
    }
    if (rings)
        look_at_runs(j, layer, side, LIKELY, look_through);
    if (doubts)
        look_at_runs(j, layer, side, DOUBT, look_behind);
    for (int32_t v = 1; v < numbers; v++) {
        if (voids[v].node == LIKELY && 2 * voids[v].thin <= voids[v].ends)
            voids[v].node = QUESTION;
        if (voids[v].node == DOUBT) { /* of a large one its whole stack decides */
            const int32_t yes = area_mm2(j, &voids[v]) < CELL_MM2 ? SOLID : LIKELY;
            voids[v].node = has_hidden_inner(&voids[v]) ? yes : QUESTION;
        }
        questions += voids[v].node == QUESTION || voids[v].node == LIKELY;
    }
    return questions;
}

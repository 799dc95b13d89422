/* From drawn beads to the solid: which voids between them are material of the model?
 *
 * A void is a background component of a layer that does not reach the layer's border. In order:
 *   - inside a contour (parity of the outer walls), or in a spiral's outline: solid;
 *   - bounded to a notable share by inner beads (infill): solid;
 *   - believed comments: whatever is left is bounded by outer walls, a real hole;
 *   - no comments: one thin ring around nothing is a shell printed for a solid; other voids are
 *     real when they reach the outside through the stack of layers by more than a leak.
 */
#include "bits.h"
#include "printwarden.h"
#include "runs.h"

typedef struct {
    int32_t x0, x1;  /* first and last pixel */
    int32_t part;    /* while joining: an earlier run of the same void; then the void's number */
    int32_t links;   /* to runs of the row above */
    int32_t outside; /* of a void's first run: does it reach the border of the layer */
} pw_run;

typedef struct {
    int32_t area, inside; /* px; of them within an odd number of outlines */
    int32_t border, inner; /* px around it; of them drawn by inner beads only */
    int32_t ends, thin;   /* sampled boundary; of it at a wall so thin that outside is behind it */
    int32_t euler;        /* runs less links: 1 less the islands in it */
    int32_t node;         /* its open question in the graph through the layers; or: */
} pw_void;

/* LIKELY: a question, but a thin ring around nothing, or large with some infill beside it.
 * DOUBT: what is inner beside it may be a thin wall. */
enum { OUTSIDE = 0, SOLID = -1, QUESTION = -2, LIKELY = -3, DOUBT = -4 };

/* A void whose case the layers around it decide. What is joined answers as one. */
typedef struct {
    int32_t parent; /* union-find */
    int32_t likely; /* at a root: voids that look solid less others, over all that is joined */
    int32_t open;   /* at a root: reaches the outside */
} pw_question;

typedef struct {
    int32_t a, b; /* numbers of voids, below and here */
    int64_t area;
} pw_overlap;

typedef struct {
    int32_t width, height, layers, marked;
    float mm_per_px, bead_px;
    const uint8_t *spiral;         /* (layers,) */
    uint8_t *wall, *inner, *edge;  /* (layers, height, ceil(width / 8)); wall becomes the solid */
    pw_run *runs[2];               /* this layer and the one below; room for the most runs */
    int32_t *row_first[2];         /* (height + 1,) */
    pw_void *voids[2];             /* as many */
    pw_question *questions;        /* (node_room,); 0 stands for the outside */
    int32_t *first_node;           /* (layers + 1,) */
    pw_overlap *overlaps;          /* (overlap_room,), a power of two: open addressing */
    int64_t node_room, overlap_room;
} pw_fill_job;

#define INNER_SHARE 0.1       /* of a void's boundary: less is a stray bead */
#define MOSTLY 0.6f           /* more than that around a small void is infill without a doubt */
#define SAMPLED_ROW 4         /* every fourth row tells enough about a boundary */
#define CELL_MM2 100.0        /* infill leaves no larger cells */
#define PIN_HOLE_MM2 0.3      /* smaller voids are gaps between beads */
#define LEAK_MM2 3.0          /* smaller overlaps between layers are leaks, not openings */
#define OPENING_SHARE 0.25    /* of the smaller void that an opening must reach */
#define THIN_BEADS 1.7f       /* a wall of less is one bead thick */
#define EXPOSED_BEADS 2.5f    /* infill lies deeper below the surface than that */

static int64_t stride(const pw_fill_job *j)
{
    return (j->width + 7) / 8;
}

static int64_t offset(const pw_fill_job *j, int32_t layer, int32_t row)
{
    return ((int64_t)layer * j->height + row) * stride(j);
}

static uint8_t last_byte_mask(const pw_fill_job *j)
{
    return (uint8_t)(0xFF << (stride(j) * 8 - j->width));
}

static float beads_px(const pw_fill_job *j)
{
    return j->bead_px > 1.0f ? j->bead_px : 1.0f;
}

/* Edge flips -> parity (in place); wall -> all that is surely solid; inner -> inner only. */
static void compose_row(const pw_fill_job *j, int32_t layer, int32_t row)
{
    const int64_t at = offset(j, layer, row), bytes = stride(j);
    uint8_t *wall = j->wall + at, *inner = j->inner + at, *edge = j->edge + at, carry = 0;
    const uint8_t take = j->marked || j->spiral[layer] ? 0xFF : 0;
    for (int64_t k = 0; k < bytes; k++) {
        uint8_t parity = edge[k];
        parity ^= parity >> 1;
        parity ^= parity >> 2;
        parity ^= parity >> 4;
        parity ^= carry;
        carry = parity & 1 ? 0xFF : 0;
        edge[k] = parity;
        inner[k] &= ~wall[k];
        wall[k] |= inner[k] | (parity & take);
    }
    wall[bytes - 1] &= last_byte_mask(j);
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

/* Background runs of one layer, 4-connected ones joined. Returns how many. */
static int32_t find_runs(const pw_fill_job *j, int32_t layer, int side)
{
    pw_run *runs = j->runs[side];
    int32_t *first = j->row_first[side], n = 0;
    for (int32_t y = 0; y < j->height; y++) {
        const uint8_t *row = j->wall + offset(j, layer, y);
        int32_t above = y ? first[y - 1] : 0;
        const int32_t above_end = y ? n : 0, edge_row = y == 0 || y == j->height - 1;
        first[y] = n;
        for (int64_t x = pw_next(row, stride(j), j->width, 0, 0); x < j->width; n++) {
            const int64_t end = pw_next(row, stride(j), j->width, x, 1);
            const int outside = edge_row || x == 0 || end == j->width;
            runs[n] = (pw_run){(int32_t)x, (int32_t)end - 1, n, 0, outside};
            while (above < above_end && runs[above].x1 < x)
                above++;
            for (int32_t k = above; k < above_end && runs[k].x0 < end; k++) {
                join(runs, k, n);
                runs[n].links++;
            }
            x = pw_next(row, stride(j), j->width, end, 0);
        }
    }
    first[j->height] = n;
    return n;
}

/* Give each void a number in the order of its first pixel; whatever reaches the border is 0.
 * Returns how many numbers are in use. */
static int32_t number_voids(const pw_fill_job *j, int side)
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
        if (!pw_bit(j->wall + offset(j, layer, y), x))
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
    const int64_t at = offset(j, layer, y), up = at + stride(j), down = at - stride(j);
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
        const uint8_t *row = j->inner + offset(j, layer, y + d);
        const int32_t inner = pw_count_bits(row, r->x0, r->x1), end = d < 0 ? r->x0 - 1 : r->x1 + 1;
        v->ends += inner;
        if (inner && pw_bit(j->wall + offset(j, layer, y + d), middle) &&
            is_exposed(j, layer, side, middle, y + d, 0, d))
            v->thin += inner;
        if (pw_bit(j->inner + offset(j, layer, y), end)) {
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
    const uint8_t *row = j->wall + offset(j, layer, y);
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

static int32_t question_root(const pw_fill_job *j, int32_t node)
{
    pw_question *q = j->questions;
    while (q[node].parent != node)
        node = q[node].parent = q[q[node].parent].parent;
    return node;
}

/* Find, describe and judge the voids of one layer; returns how many questions are open. */
static int32_t judge_layer(const pw_fill_job *j, int32_t layer, int side)
{
    pw_void *voids = j->voids[side];
    find_runs(j, layer, side);
    const int32_t numbers = number_voids(j, side);
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

/* Enter the open questions of a layer into the graph, one node each. */
static void ask(const pw_fill_job *j, int32_t layer, int side, int32_t questions)
{
    pw_void *voids = j->voids[side];
    int32_t node = j->first_node[layer];
    for (int32_t v = 1; questions > 0; v++) {
        const int likely = voids[v].node == LIKELY;
        if (!likely && voids[v].node != QUESTION)
            continue;
        questions--;
        voids[v].node = node < j->node_room ? node : SOLID;
        if (node < j->node_room) {
            j->questions[node] = (pw_question){node, likely ? 1 : -1, 0};
            node++;
        }
    }
    j->first_node[layer + 1] = node;
}

/* Fill the voids of a layer that were judged SOLID. */
static void paint_layer(const pw_fill_job *j, int32_t layer, int side)
{
    for (int32_t y = 0; y < j->height; y++)
        for (int32_t k = j->row_first[side][y]; k < j->row_first[side][y + 1]; k++) {
            const pw_run *r = &j->runs[side][k];
            if (j->voids[side][r->part].node == SOLID)
                pw_set_bits(j->wall + offset(j, layer, y), r->x0, r->x1);
        }
}

/* Add `px` to the common area of two voids; a full table forgets (then they stay apart). */
static void add_overlap(const pw_fill_job *j, int32_t a, int32_t b, int32_t px)
{
    const uint64_t mask = (uint64_t)j->overlap_room - 1;
    uint64_t at = ((uint64_t)a * 0x9E3779B97F4A7C15u + (uint64_t)b * 0xC2B2AE3D27D4EB4Fu) >> 20;
    for (int tries = 0; tries < 64; tries++) {
        pw_overlap *o = &j->overlaps[(at + tries) & mask];
        if (o->area == 0)
            o->a = a, o->b = b;
        if (o->a == a && o->b == b) {
            o->area += px;
            return;
        }
    }
}

/* Common area of every two voids of adjacent layers, of which one at least is a question. */
static void overlap_layers(const pw_fill_job *j, int below, int here)
{
    memset(j->overlaps, 0, (size_t)j->overlap_room * sizeof *j->overlaps);
    for (int32_t y = 0; y < j->height; y++) {
        int32_t a = j->row_first[below][y], b = j->row_first[here][y];
        const int32_t a_end = j->row_first[below][y + 1], b_end = j->row_first[here][y + 1];
        while (a < a_end && b < b_end) {
            const pw_run *p = &j->runs[below][a], *q = &j->runs[here][b];
            const int32_t low = p->x0 > q->x0 ? p->x0 : q->x0;
            const int32_t high = p->x1 < q->x1 ? p->x1 : q->x1;
            const int32_t u = j->voids[below][p->part].node, v = j->voids[here][q->part].node;
            if (low <= high && u >= 0 && v >= 0 && (u || v))
                add_overlap(j, p->part, q->part, high - low + 1);
            if (p->x1 < q->x1)
                a++;
            else
                b++;
        }
    }
}

/* a, b: roots, of which one may be the outside. */
static void join_questions(const pw_fill_job *j, int32_t a, int32_t b)
{
    pw_question *q = j->questions;
    if (a == b)
        return;
    if (a == OUTSIDE || b == OUTSIDE) {
        q[a + b].open = 1;
        return;
    }
    q[b].parent = a;
    q[a].likely += q[b].likely;
    q[a].open |= q[b].open;
}

/* Join what overlaps by more than a leak. */
static void connect_layers(const pw_fill_job *j, int below, int here)
{
    const double px_mm2 = (double)j->mm_per_px * j->mm_per_px;
    for (int64_t k = 0; k < j->overlap_room; k++) {
        const pw_overlap *o = &j->overlaps[k];
        if (o->area == 0 || o->area * px_mm2 < LEAK_MM2)
            continue;
        const pw_void *u = &j->voids[below][o->a], *v = &j->voids[here][o->b];
        const int32_t smaller = !o->a ? v->area : !o->b || u->area < v->area ? u->area : v->area;
        if (o->area < OPENING_SHARE * smaller)
            continue;
        join_questions(j, question_root(j, u->node), question_root(j, v->node));
    }
}

/* Below the first layer and above the last there is only outside. */
static void open_end(const pw_fill_job *j, int32_t layer)
{
    for (int32_t node = j->first_node[layer]; node < j->first_node[layer + 1]; node++)
        j->questions[question_root(j, node)].open = 1;
}

/* Fill what turned out to be enclosed, and shells one bead thick; the questions are the voids still
 * left, in order. */
static void answer_layer(const pw_fill_job *j, int32_t layer)
{
    if (j->first_node[layer] == j->first_node[layer + 1])
        return;
    find_runs(j, layer, 0);
    const int32_t numbers = number_voids(j, 0);
    const int32_t first = j->first_node[layer], asked = j->first_node[layer + 1] - first;
    for (int32_t v = 1; v < numbers && v <= asked; v++) {
        const int32_t node = first + v - 1;
        const pw_question *q = &j->questions[question_root(j, node)];
        j->voids[0][v].node = q->open && q->likely <= 0 ? OUTSIDE : SOLID;
    }
    paint_layer(j, layer, 0);
}

/* Turn the three planes of beads into the solid, in `wall`. */
PW_API void pw_fill(const pw_fill_job *job)
{
    const pw_fill_job *j = job;
    j->questions[0] = (pw_question){OUTSIDE, 0, 1};
    j->first_node[0] = 1;
    for (int32_t layer = 0; layer < j->layers; layer++) {
        const int here = layer & 1;
        for (int32_t y = 0; y < j->height; y++)
            compose_row(j, layer, y);
        ask(j, layer, here, judge_layer(j, layer, here));
        if (layer && !j->marked) {
            overlap_layers(j, !here, here);
            connect_layers(j, !here, here);
        }
        paint_layer(j, layer, here);
    }
    if (j->marked)
        return;
    open_end(j, 0);
    open_end(j, j->layers - 1);
    for (int32_t layer = 0; layer < j->layers; layer++)
        answer_layer(j, layer);
}

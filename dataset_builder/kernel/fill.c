/* From drawn beads to the solid: which voids between them are material of the model?
 *
 * A void is a background component of a layer that does not reach the layer's border. In order:
 *   - inside a contour (parity of the outer walls), or in a spiral's outline: solid;
 *   - bounded to a notable share by inner beads (infill): solid;
 *   - believed comments: whatever is left is bounded by outer walls, a real hole;
 *   - no comments: one thin ring around nothing is a shell printed for a solid; other voids are
 *     real when they reach the outside through the stack of layers by more than a leak.
 */
#include "voids.h"

#define LEAK_MM2 3.0          /* smaller overlaps between layers are leaks, not openings */
#define OPENING_SHARE 0.25    /* of the smaller void that an opening must reach */

static uint8_t last_byte_mask(const pw_fill_job *j)
{
    return (uint8_t)(0xFF << (pw_stride(j) * 8 - j->width));
}

/* Edge flips -> parity (in place); wall -> all that is surely solid; inner -> inner only. */
static void compose_row(const pw_fill_job *j, int32_t layer, int32_t row)
{
    const int64_t at = pw_offset(j, layer, row), bytes = pw_stride(j);
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

static int32_t question_root(const pw_fill_job *j, int32_t node)
{
    pw_question *q = j->questions;
    while (q[node].parent != node)
        node = q[node].parent = q[q[node].parent].parent;
    return node;
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
                pw_set_bits(j->wall + pw_offset(j, layer, y), r->x0, r->x1);
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
    pw_fill_find_runs(j, layer, 0);
    const int32_t numbers = pw_fill_number_voids(j, 0);
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
        ask(j, layer, here, pw_fill_judge_layer(j, layer, here));
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

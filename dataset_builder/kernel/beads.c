/* Pass 2 over a job: draw each bead, as wide as its plastic makes it, into packed layer bitmaps.
 *
 * Three planes a canvas: `wall` (what bounds the solid), `inner` (what only fills it) and `edge`,
 * where every contour flips the pixels to its right once a row: a running XOR along the row later
 * tells inside from outside, in any print order.
 */
#include "bits.h"
#include "strokes.h"

#define MIN_WIDTH_MM 0.2f
#define MAX_WIDTH_MM 2.0f
#define USUAL_WIDTH_MM 0.45f /* where the job does not say how much plastic: a 0.4 mm nozzle */
#define CORNER (1.0f - 0.78539816f) /* a bead is a rectangle with round ends (Slic3r's model) */

typedef struct {
    float origin[2], corner[2], px_per_mm; /* mm: lowest and highest x and y */
    int32_t width, height, layers;     /* px, px, slices */
    int32_t marked;                    /* believe the job's feature comments */
    float filament_area;               /* mm2 */
    const int32_t *layer_of_bin;       /* (PW_BINS,) */
    const float *layer_height;         /* (layers,) mm */
    const uint8_t *spiral;             /* (layers,) one revolution of a continuous rise */
    uint8_t *wall, *inner, *edge;      /* (layers, height, ceil(width / 8)) */
} pw_canvas;

typedef struct {
    float pen[3], first[2]; /* where the stroke stands; where its part on this layer began */
    int32_t open, bank, begun, layer;
    int64_t stroke, seen;   /* strokes begun, segments seen */
} pw_pen;

static int64_t row_bytes(const pw_canvas *c)
{
    return (c->width + 7) / 8;
}

static uint8_t *slice(const pw_canvas *c, uint8_t *plane, int32_t layer)
{
    return plane + (int64_t)layer * c->height * row_bytes(c);
}

typedef struct {
    float x, y, ux, uy, length, radius; /* px */
} pw_bead;

/* A rectangle, longer than the bead by its half width at both ends so that corners are full.
 * Of each row those pixels are set whose centres lie between its two sides and its two ends; a
 * pair parallel to the row bounds nothing there. */
static void draw_bead(const pw_canvas *c, uint8_t *bitmap, const pw_bead *b)
{
    const float reach = b->radius * (fabsf(b->ux) + fabsf(b->uy)), y_end = b->y + b->length * b->uy;
    const float first = pw_min(b->y, y_end) - reach - 0.5f, rows = (float)c->height;
    const float last = pw_max(b->y, y_end) + reach - 0.5f;
    const int32_t from = pw_ceil(pw_min(pw_max(first, 0.0f), rows));
    const int32_t to = pw_floor(pw_min(pw_max(last, -1.0f), rows - 1.0f));
    const int sides = fabsf(b->uy) > 1e-6f, ends = fabsf(b->ux) > 1e-6f;
    const float side_slope = sides ? b->ux / b->uy : 0.0f, end_slope = ends ? b->uy / b->ux : 0.0f;
    const float half = sides ? b->radius / fabsf(b->uy) : PW_FAR_MM;
    const float tail = ends ? b->radius / fabsf(b->ux) : PW_FAR_MM, run = ends ? b->length / b->ux : 0;
    const float behind = pw_min(run, 0.0f) - tail, ahead = pw_max(run, 0.0f) + tail;
    uint8_t *row = bitmap + from * row_bytes(c);
    for (int32_t y = from; y <= to; y++, row += row_bytes(c)) {
        const float dy = y + 0.5f - b->y, middle = b->x + dy * side_slope;
        const float across = b->x - dy * end_slope;
        const float low = pw_max(pw_max(middle - half, across + behind), 0.5f);
        const float high = pw_min(pw_min(middle + half, across + ahead), c->width - 0.5f);
        if (!(low <= high))
            continue;
        const int32_t x0 = pw_ceil(low - 0.5f), x1 = pw_floor(high - 0.5f);
        if (x0 <= x1)
            pw_set_bits(row, x0, x1);
    }
}

/* Flip, on every row whose centre the edge a-b crosses, all pixels right of the crossing. */
static void flip_edge(const pw_canvas *c, int32_t layer, const float *a, const float *b)
{
    float ax = (a[0] - c->origin[0]) * c->px_per_mm, ay = (a[1] - c->origin[1]) * c->px_per_mm;
    float bx = (b[0] - c->origin[0]) * c->px_per_mm, by = (b[1] - c->origin[1]) * c->px_per_mm;
    if (ay > by) {
        const float x = ax, y = ay;
        ax = bx, ay = by, bx = x, by = y;
    }
    const float rows = (float)c->height;
    const int32_t from = pw_ceil(pw_min(pw_max(ay - 0.5f, 0.0f), rows));
    const int32_t to = pw_ceil(pw_min(pw_max(by - 0.5f, 0.0f), rows));
    const float slope = to > from ? (bx - ax) / (by - ay) : 0.0f;
    uint8_t *bitmap = slice(c, c->edge, layer);
    for (int32_t y = from; y < to; y++) {
        const float x = ax + (y + 0.5f - ay) * slope - 0.5f;
        if (x <= c->width - 1.0f) {
            const int32_t column = pw_ceil(pw_max(x, 0.0f));
            bitmap[y * row_bytes(c) + (column >> 3)] ^= 0x80 >> (column & 7);
        }
    }
}

static float bead_width(const pw_canvas *c, const pw_segment *s, int32_t layer, float length_mm)
{
    if (!(s->filament > 0.0f) || !(length_mm > 0.0f))
        return USUAL_WIDTH_MM;
    const float height = c->layer_height[layer];
    const float width = s->filament * c->filament_area / (length_mm * height) + height * CORNER;
    return pw_min(pw_max(width, MIN_WIDTH_MM), MAX_WIDTH_MM);
}

static void draw_segment(const pw_canvas *c, uint8_t *plane, const pw_segment *s, int32_t layer)
{
    const float dx = s->end[0] - s->start[0], dy = s->end[1] - s->start[1];
    const float length_mm = sqrtf(dx * dx + dy * dy), scale = c->px_per_mm;
    pw_bead bead = {(s->start[0] - c->origin[0]) * scale, (s->start[1] - c->origin[1]) * scale,
                    1.0f, 0.0f, length_mm * scale, 0.0f};
    if (length_mm > 1e-6f) {
        bead.ux = dx / length_mm;
        bead.uy = dy / length_mm;
    }
    /* At least a line without gaps (8-connected), or a wall would leak on a coarse grid. */
    const float thinnest = 0.501f * pw_max(fabsf(bead.ux), fabsf(bead.uy));
    bead.radius = pw_max(0.5f * bead_width(c, s, layer, length_mm) * scale, thinnest);
    draw_bead(c, slice(c, plane, layer), &bead);
}

static int is_outside(const pw_canvas *c, const pw_segment *s)
{
    for (int k = 0; k < 2; k++)
        if (pw_max(s->start[k], s->end[k]) < c->origin[k] ||
            pw_min(s->start[k], s->end[k]) > c->corner[k])
            return 1;
    return 0;
}

/* Does this stroke's outline bound the solid? A spiral is one open stroke, yet all of it does. */
static int is_contour(const pw_canvas *c, uint8_t class, int32_t layer)
{
    return c->spiral[layer] || (c->marked ? class == PW_CONTOUR : class != PW_OPEN);
}

static int is_inner(const pw_canvas *c, const pw_segment *s, uint8_t class, int32_t layer)
{
    if (!c->marked)
        return class == PW_OPEN && !c->spiral[layer];
    return s->feature != PW_OUTER_WALL && s->feature != PW_OVERHANG_WALL &&
           s->feature != PW_THIN_WALL && s->feature != PW_UNKNOWN && s->feature != PW_SKIRT;
}

/* End the outline under way: join its last point with its first. */
static void close_outline(const pw_canvas *canvases, const pw_pen *pen, const uint8_t *classes)
{
    const pw_canvas *c = &canvases[pen->bank];
    if (pen->open && is_contour(c, classes[pen->stroke], pen->layer))
        flip_edge(c, pen->layer, pen->pen, pen->first);
}

/* End the stroke under way. */
static void lift_pen(const pw_canvas *canvases, pw_pen *pen, const uint8_t *classes)
{
    close_outline(canvases, pen, classes);
    pen->stroke += pen->open;
    pen->open = 0;
}

/* Bring the pen to where `s` begins: on in the same outline, or to a new stroke or layer. */
static void move_pen(const pw_canvas *canvases, pw_pen *pen, const pw_segment *s, int bank,
                     int32_t layer, const uint8_t *classes)
{
    const int joined = pen->open && bank == pen->bank && pw_joins(pen->pen, s);
    if (joined && layer == pen->layer)
        return;
    if (joined)
        close_outline(canvases, pen, classes);
    else
        lift_pen(canvases, pen, classes);
    pen->open = 1;
    pen->bank = bank;
    pen->layer = layer;
    memcpy(pen->pen, s->start, sizeof pen->pen);
    memcpy(pen->first, s->start, sizeof pen->first);
}

/* canvases: the model's and the helpers'. classes: (strokes,) from the survey. lead: segments at
 * the start of the job that are helpers because no comment names them (start code). */
PW_API void pw_draw_beads(const pw_segment *segments, int64_t count, pw_pen *pen,
                          const pw_canvas *canvases, const uint8_t *classes, int64_t strokes,
                          int64_t lead)
{
    for (int64_t i = 0; i < count; i++, pen->seen++) {
        const pw_segment *s = &segments[i];
        if (pen->seen == lead) /* the survey cut here, too */
            lift_pen(canvases, pen, classes);
        if (!pw_is_bead(s))
            continue;
        const int bank = pen->seen < lead ? PW_HELPERS : pw_bank(s, pen->begun);
        const int32_t bin = pw_height_bin(0.5f * (s->start[2] + s->end[2]));
        const pw_canvas *home = &canvases[bank];
        pen->begun |= bank == PW_MODEL;
        move_pen(canvases, pen, s, bank, home->layer_of_bin[bin], classes);
        if (pen->stroke >= strokes) /* other blocks than those surveyed */
            return;
        const uint8_t class = classes[pen->stroke];
        if (is_contour(home, class, pen->layer))
            flip_edge(home, pen->layer, pen->pen, s->end);
        memcpy(pen->pen, s->end, sizeof pen->pen);
        const pw_canvas *c = is_outside(home, s) ? &canvases[PW_HELPERS] : home;
        const int32_t layer = c->layer_of_bin[bin];
        draw_segment(c, is_inner(c, s, class, layer) ? c->inner : c->wall, s, layer);
    }
}

/* Close the last outline of the job. */
PW_API void pw_draw_end(pw_pen *pen, const pw_canvas *canvases, const uint8_t *classes)
{
    lift_pen(canvases, pen, classes);
}

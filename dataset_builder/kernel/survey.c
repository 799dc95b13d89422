/* Pass 1 over a job: how much is extruded at which height, and which strokes are closed.
 *
 * Memory is a fixed table of height bins (plus a byte a stroke); what the bins mean - layers,
 * spirals, filament - is decided afterwards in render/survey.py.
 */
#include "strokes.h"

#define WIDEST_SEAM_MM 1.0f    /* of a closed loop: slicers leave 0.05 to 0.3 mm, coasting 1 mm */
#define WIDEST_SEAM_SHARE 0.1f /* of its length */
#define WIDEST_RAMP_MM 0.5f    /* how far apart in height a scarf seam's ends may be */
#define REVOLUTION 6.0f        /* rad turned that make a rising stroke a spiral */
#define MOST_STEPS 64          /* a long ramp is shared out over about so many heights */

/* What was laid down within one hundredth of a millimetre of height. */
typedef struct {
    float length, filament; /* mm */
    float sloped;           /* mm of length laid while rising or falling */
    float z;                /* a height that really occurred */
    float low[2], high[2];  /* of the end points, x and y */
} pw_bin;

typedef struct {
    float pen[3], first[3];    /* where the stroke stands, where it began */
    float heading[2];          /* direction of its last rising segment */
    float outer;               /* mm of it that are outer wall */
    float length, turned, rise;
    int32_t open, bank, begun; /* a stroke is under way; in which bank; has the model begun */
    int32_t top_bin;
    double outer_mm, outer_closed_mm, model_mm;
    double spiral_turned, spiral_rise; /* over strokes that climb round and round */
} pw_survey_state;

static int is_closed(const pw_survey_state *s)
{
    const float gap = hypotf(s->pen[0] - s->first[0], s->pen[1] - s->first[1]);
    const float widest = pw_min(WIDEST_SEAM_MM, WIDEST_SEAM_SHARE * s->length);
    return gap <= widest && fabsf(s->pen[2] - s->first[2]) < WIDEST_RAMP_MM;
}

/* Close the books on the stroke under way; returns its class. */
static uint8_t finish_stroke(pw_survey_state *s)
{
    const int closed = is_closed(s);
    const uint8_t class = !closed ? PW_OPEN : s->outer > 0.0f ? PW_CONTOUR : PW_CLOSED;
    const int spiral = s->rise > 0.0f && fabsf(s->turned) > REVOLUTION;
    s->open = 0;
    if (s->bank == PW_HELPERS)
        return class;
    if (spiral) {
        s->spiral_turned += fabsf(s->turned);
        s->spiral_rise += s->rise;
    } else { /* a vase's one endless stroke says nothing about lying comments */
        s->outer_mm += s->outer;
        s->outer_closed_mm += closed ? s->outer : 0.0f;
    }
    s->model_mm += s->length;
    return class;
}

static void begin_stroke(pw_survey_state *s, const pw_segment *segment, int bank)
{
    for (int k = 0; k < 3; k++)
        s->first[k] = segment->start[k];
    s->heading[0] = s->heading[1] = s->outer = s->length = s->turned = s->rise = 0.0f;
    s->bank = bank;
    s->open = 1;
}

/* Signed turning sums to a whole turn a revolution whatever the outline: it measures the pitch. */
static void climb(pw_survey_state *s, float dx, float dy, float dz)
{
    if (s->heading[0] != 0.0f || s->heading[1] != 0.0f)
        s->turned += atan2f(s->heading[0] * dy - s->heading[1] * dx,
                            s->heading[0] * dx + s->heading[1] * dy);
    s->heading[0] = dx;
    s->heading[1] = dy;
    s->rise += dz;
}

static void put(pw_bin *bin, const pw_segment *s, float length, float filament, int sloped)
{
    const int empty = bin->length == 0.0f;
    for (int k = 0; k < 2; k++) {
        const float low = pw_min(s->start[k], s->end[k]), high = pw_max(s->start[k], s->end[k]);
        bin->low[k] = empty || low < bin->low[k] ? low : bin->low[k];
        bin->high[k] = empty || high > bin->high[k] ? high : bin->high[k];
    }
    bin->length += length;
    bin->filament += filament;
    bin->sloped += sloped ? length : 0.0f;
    bin->z = s->end[2];
}

/* Share a bead out over the heights it passes. Returns the highest bin. */
static int32_t put_bead(pw_bin *bins, const pw_segment *s, float length)
{
    const int32_t a = pw_height_bin(s->start[2]), b = pw_height_bin(s->end[2]);
    const int32_t low = a < b ? a : b, high = a < b ? b : a;
    const int sloped = s->start[2] != s->end[2];
    if (low == high) {
        put(&bins[low], s, length, s->filament, sloped);
        return high;
    }
    const int32_t step = (high - low) / MOST_STEPS + 1, parts = (high - low) / step + 1;
    for (int32_t k = low; k <= high; k += step)
        put(&bins[k], s, length / parts, s->filament / parts, sloped);
    return high;
}

/* bins: 2 banks of PW_BINS. classes: room for count + 1 stroke classes.
 * Returns how many strokes ended in this block. */
PW_API int64_t pw_survey(const pw_segment *segments, int64_t count, pw_survey_state *state,
                         pw_bin *bins, uint8_t *classes)
{
    int64_t ended = 0;
    for (int64_t i = 0; i < count; i++) {
        const pw_segment *s = &segments[i];
        if (!pw_is_bead(s))
            continue;
        const float dx = s->end[0] - s->start[0], dy = s->end[1] - s->start[1];
        const float dz = s->end[2] - s->start[2], length = sqrtf(dx * dx + dy * dy);
        const int bank = pw_bank(s, state->begun);
        state->begun |= bank == PW_MODEL;
        if (state->open && (bank != state->bank || !pw_joins(state->pen, s)))
            classes[ended++] = finish_stroke(state);
        if (!state->open)
            begin_stroke(state, s, bank);
        if (dz != 0.0f)
            climb(state, dx, dy, dz);
        state->length += length;
        state->outer += s->feature == PW_OUTER_WALL ? length : 0.0f;
        const int32_t top = put_bead(bins + (int64_t)bank * PW_BINS, s, length);
        state->top_bin = top > state->top_bin ? top : state->top_bin;
        for (int k = 0; k < 3; k++)
            state->pen[k] = s->end[k];
    }
    return ended;
}

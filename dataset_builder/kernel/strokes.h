/* How the nozzle's path falls into strokes: beads laid without lifting the pen.
 *
 * A slicer draws walls as closed strokes and infill as open ones, whatever its comments say; so a
 * stroke's class is evidence about the solid where a comment is only a hint. Survey (pass 1) and
 * drawing (pass 2) must cut the same job into the same strokes: the rules live here, once.
 */
#ifndef PW_STROKES_H
#define PW_STROKES_H

#include "printwarden.h"
#include <math.h>

enum { PW_UNKNOWN = 0, PW_OUTER_WALL = 1, PW_OVERHANG_WALL = 3, PW_THIN_WALL = 4 };
enum { PW_CUSTOM = 11, PW_SKIRT = 12, PW_SUPPORT = 13, PW_WIPE_TOWER = 14, PW_RAFT = 15 };
enum { PW_OPEN = 0, PW_CLOSED = 1, PW_CONTOUR = 2 }; /* contour: closed, and an outer wall */
enum { PW_MODEL = 0, PW_HELPERS = 1 };

#define PW_BINS (1 << 17)          /* of height: 1.3 m, taller than printers are */
#define PW_BINS_PER_MM 100.0f
#define PW_FAR_MM 100000.0f        /* beyond any machine: such a segment is not drawn */
#define PW_FIRST_LAYERS_MM 1.2f    /* a skirt or brim higher up must be proven by its shape */
#define PW_JOINT_MM 0.01f          /* ends nearer than this are one point */

/* Comparisons, for fminf, fmaxf, ceilf and floorf are library calls on plain x86-64. */
static inline float pw_min(float a, float b)
{
    return a < b ? a : b;
}

static inline float pw_max(float a, float b)
{
    return a > b ? a : b;
}

/* Of a number that an int32 can hold. */
static inline int32_t pw_ceil(float x)
{
    const int32_t whole = (int32_t)x;
    return whole + ((float)whole < x);
}

static inline int32_t pw_floor(float x)
{
    const int32_t whole = (int32_t)x;
    return whole - ((float)whole > x);
}

/* A bead of a layer: finite, and no steeper than 45 degrees (a lift is not a layer). */
static inline int pw_is_bead(const pw_segment *s)
{
    for (int k = 0; k < 3; k++) /* written so that NaN fails */
        if (!(fabsf(s->start[k]) < PW_FAR_MM && fabsf(s->end[k]) < PW_FAR_MM))
            return 0;
    const float dx = s->end[0] - s->start[0], dy = s->end[1] - s->start[1];
    const float dz = s->end[2] - s->start[2];
    return dz * dz <= dx * dx + dy * dy;
}

/* Is this bead left out of the model? `begun`: some bead of the model was seen already. */
static inline int pw_bank(const pw_segment *s, int begun)
{
    if (s->state || s->feature == PW_SUPPORT || s->feature == PW_WIPE_TOWER ||
        s->feature == PW_RAFT)
        return PW_HELPERS;
    if (s->feature == PW_SKIRT)
        return s->end[2] < PW_FIRST_LAYERS_MM ? PW_HELPERS : PW_MODEL;
    return s->feature == PW_CUSTOM && !begun ? PW_HELPERS : PW_MODEL;
}

static inline int pw_joins(const float *pen, const pw_segment *s)
{
    return fabsf(s->start[0] - pen[0]) < PW_JOINT_MM && fabsf(s->start[1] - pen[1]) < PW_JOINT_MM &&
           fabsf(s->start[2] - pen[2]) < PW_JOINT_MM;
}

static inline int32_t pw_height_bin(float z_mm)
{
    if (!(z_mm > 0.0f))
        return 0;
    const float bin = z_mm * PW_BINS_PER_MM + 0.5f;
    return bin < (float)PW_BINS ? (int32_t)bin : PW_BINS - 1;
}

#endif

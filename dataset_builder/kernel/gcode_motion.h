/* Moves, arcs and G92 on a scan's machine. Included by scan.c alone. */
#ifndef PW_GCODE_MOTION_H
#define PW_GCODE_MOTION_H

#include "gcode_words.h"

#include <math.h>
#include <string.h>

#define HOST (-1)         /* this line is the host's; nothing was changed */
#define LIMIT_MM 1e5      /* no printer is 100 m wide: such a word is an error, said by the host */
#define EPSILON_E 1e-7    /* below the last digit any slicer writes; absorbs G92 rounding */
#define EPSILON_MM 1e-6   /* likewise for X, Y, Z: less is no motion */
#define MAX_CHORDS 4096   /* of one arc */
#define MAX_RADIUS_MM 1e4 /* arc fitting tools stop at 9,999 mm */
#define CHORD_ERROR_MM 0.005
#define MAX_CHORD_ANGLE 0.1 /* rad; keeps the length of small arcs within 0.05 % */
#define TAU 6.28318530717958647692

static inline void emit(scan *s, const double from[3], const double to[3], double filament) {
    pw_machine *m = &s->m;
    pw_segment *restrict out = s->out++;
    for (int k = 0; k < 3; k++) out->start[k] = (float)from[k], out->end[k] = (float)to[k];
    out->filament = (float)filament;
    out->line = (uint32_t)(m->line + 1);
    out->object = (uint16_t)m->object;
    out->tool = (uint8_t)m->tool;
    out->feature = (uint8_t)m->feature;
    out->state = (uint8_t)m->state;
    out->padding[0] = out->padding[1] = out->padding[2] = 0;
}

/* The centre of an arc in the XY plane, relative to its start. 0: the words give none. */
static int arc_centre(const pw_machine *m, const words *w, int clockwise, const double to[3],
                      double centre[2]) {
    if (!(w->have >> R & 1)) {
        if (!(w->have >> I & 3)) return 0;
        centre[0] = w->have >> I & 1 ? w->value[I] * m->unit : 0;
        centre[1] = w->have >> J & 1 ? w->value[J] * m->unit : 0;
        return 1;
    }
    double r = w->value[R] * m->unit, dx = to[0] - m->position[0], dy = to[1] - m->position[1];
    double chord = sqrt(dx * dx + dy * dy), height2 = r * r - chord * chord / 4;
    if (w->have >> I & 3 || chord <= 0 || height2 < 0) return 0;
    double side = (clockwise != 0) == (r < 0) ? 1 : -1, h = side * sqrt(height2) / chord;
    centre[0] = dx / 2 - dy * h;
    centre[1] = dy / 2 + dx * h;
    return 1;
}

static int arc_chords(double radius, double sweep) {
    double angle = 2 * acos(1 - CHORD_ERROR_MM / fmax(radius, 2 * CHORD_ERROR_MM));
    double n = ceil(fabs(sweep) / fmin(angle, MAX_CHORD_ANGLE));
    return n < 1 ? 1 : n > MAX_CHORDS ? MAX_CHORDS : (int)n;
}

static int emit_arc(scan *s, const words *w, int clockwise, const double to[3], double filament) {
    const pw_machine *m = &s->m;
    double c[2];
    if (!arc_centre(m, w, clockwise, to, c)) return HOST;
    double radius = sqrt(c[0] * c[0] + c[1] * c[1]);
    double ex = to[0] - m->position[0] - c[0], ey = to[1] - m->position[1] - c[1];
    double end_radius = sqrt(ex * ex + ey * ey), off = fabs(end_radius - radius);
    if (!(radius > 1e-6 && radius <= MAX_RADIUS_MM && off <= fmax(0.1, 0.02 * radius))) return HOST;
    if (!(filament > 0)) return 0;
    double a0 = atan2(-c[1], -c[0]), sweep = atan2(ey, ex) - a0;
    sweep -= TAU * (clockwise ? ceil((sweep + 1e-9) / TAU) : floor((sweep - 1e-9) / TAU));
    int n = arc_chords(radius, sweep);
    double from[3] = {m->position[0], m->position[1], m->position[2]};
    for (int k = 1; k <= n; k++) {
        double t = (double)k / n, a = a0 + sweep * t, rho = radius + (end_radius - radius) * t;
        double p[3] = {m->position[0] + c[0] + rho * cos(a), m->position[1] + c[1] + rho * sin(a),
                       m->position[2] + (to[2] - m->position[2]) * t};
        if (k == n) memcpy(p, to, sizeof p);
        emit(s, from, p, filament / n);
        memcpy(from, p, sizeof p);
    }
    return 0;
}

/* Filament pushed while standing still, then smeared by a dry move, prints although no line both
 * moves and extrudes: keep books so that the host can refuse to call such a job empty. */
static void keep_books(pw_machine *m, double de, int moved) {
    if (de < 0) m->retracted -= de;
    else if (de > 0 && !moved) {
        m->retracted -= de;
        if (m->retracted < 0) m->pushed -= m->retracted, m->retracted = 0;
    } else if (de > 0) m->pushed = 0;
    if (moved && de == 0 && m->pushed > 0.005) {
        m->dry_pushes++;
        m->pushed_total += m->pushed;
        m->pushed = 0;
    }
}

static int move(scan *s, const words *w, int code) {
    pw_machine *m = &s->m;
    double to[3], de = 0, e = m->extruder;
    for (int k = 0; k < 3; k++) {
        to[k] = m->position[k];
        if (!(w->have >> k & 1)) continue;
        double v = w->value[k] * m->unit;
        to[k] = m->absolute_xyz ? v + m->offset[k] : to[k] + v;
        if (!(fabs(to[k]) < LIMIT_MM)) return HOST;
    }
    if (w->have >> E & 1) {
        double v = w->value[E] * m->unit;
        if (m->absolute_e) de = v + m->offset_e - e, e = v + m->offset_e;
        else de = v, e += v;
        if (!(fabs(de) < LIMIT_MM)) return HOST;
        if (fabs(de) < EPSILON_E) de = 0;
    }
    int arc = code >= 2;
    int moved = arc || fabs(to[0] - m->position[0]) > EPSILON_MM ||
                fabs(to[1] - m->position[1]) > EPSILON_MM ||
                fabs(to[2] - m->position[2]) > EPSILON_MM;
    double filament = de * m->filament_per_e;
    if (arc && (m->plane != 17 || emit_arc(s, w, code == 2, to, filament) == HOST)) return HOST;
    if (!arc && w->have >> I & 7) return HOST; /* I, J, R belong to arcs */
    if (!arc && moved && de > 0) emit(s, m->position, to, filament);
    /* G90 and G91 change E on Marlin and leave it on Klipper: count where it matters */
    int klipper_e = m->absolute_xyz && m->absolute_e_word;
    m->ambiguous_e += (w->have >> E & 1) && klipper_e != m->absolute_e;
    m->motion = code;
    m->moves += (w->have & 15) || arc;
    m->extruding_moves += moved && de > 0;
    keep_books(m, filament, moved);
    memcpy(m->position, to, sizeof to);
    m->extruder = e;
    return 0;
}

static int set_position(pw_machine *m, const words *w) {
    if (!(w->have & 15) || w->have & ~15u) return HOST;
    for (int k = 0; k < 3; k++)
        if (w->have >> k & 1) m->offset[k] = m->position[k] - w->value[k] * m->unit;
    if (w->have >> E & 1) m->offset_e = m->extruder - w->value[E] * m->unit;
    return 0;
}

#endif

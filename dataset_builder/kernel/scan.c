/* G-code bytes -> extruding segments, resumable at any line.
 *
 * The plain subset that makes up more than 99 % of every sliced file is carried out here: G0-G3,
 * G20/G21, G90-G92, M82/M83, T, comments and commands that cannot move the head. Any other line is
 * handed to the host (readers/gcode/interpreter.py) untouched, so that each rare rule exists once.
 * A line changes the machine only after it was read whole without surprise.
 */
#include "printwarden.h"

#include <math.h>
#include <string.h>

#define HOST (-1)
#define LIMIT_MM 1e5      /* no printer is 100 m wide: such a word is an error, said by the host */
#define EPSILON_E 1e-7    /* below the last digit any slicer writes; absorbs G92 rounding */
#define EPSILON_MM 1e-6   /* likewise for X, Y, Z: less is no motion */
#define MAX_CHORDS 4096   /* of one arc */
#define MAX_RADIUS_MM 1e4 /* arc fitting tools stop at 9,999 mm */
#define CHORD_ERROR_MM 0.005
#define MAX_CHORD_ANGLE 0.1 /* rad; keeps the length of small arcs within 0.05 % */
#define LONG_LINE 96        /* Marlin's MAX_CMD_SIZE: the rest of such a line is cut off there */
#define TAU 6.28318530717958647692

enum { X, Y, Z, E, I, J, R, F, WORDS };
typedef struct {
    unsigned have; /* bit per word */
    double value[WORDS];
} words;

typedef struct { /* a scan in progress; the machine is a copy, so that it can stay in registers */
    const uint8_t *end;
    const pw_vocabulary *vocabulary;
    pw_segment *restrict out; /* the next segment */
    pw_machine m;
} scan;

static const double POWER[19] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
                                 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};

/* letter -> word index + 1; 0: the host decides */
static const uint8_t WORD_OF[32] = {['X' & 31] = X + 1, ['Y' & 31] = Y + 1, ['Z' & 31] = Z + 1,
                                    ['E' & 31] = E + 1, ['I' & 31] = I + 1, ['J' & 31] = J + 1,
                                    ['R' & 31] = R + 1, ['F' & 31] = F + 1};

static inline int is_blank(unsigned c) { return c == ' ' || c == '\t'; }
static inline int is_eol(unsigned c) { return c == '\n' || c == '\r'; }
static inline int is_letter(unsigned c) { return (c | 32) - 'a' < 26u; }
static inline int is_digit(unsigned c) { return c - '0' < 10u; }

/* Every window ends in an end of line (pw_window), so loops over a line need no other bound. */
static inline const uint8_t *skip_blank(const uint8_t *p) {
    while (is_blank(*p)) p++;
    return p;
}

static const uint8_t *to_eol(const uint8_t *p) {
    while (!is_eol(*p)) p++;
    return p;
}

/* A decimal without exponent ("E" starts the next word). NULL: not one, or too long to be exact. */
static inline const uint8_t *read_number(const uint8_t *p, double *value) {
    int negative = *p == '-';
    p += negative | (*p == '+');
    const uint8_t *first = p;
    uint64_t mantissa = 0;
    for (unsigned d; (d = *p - '0') < 10u; p++) mantissa = mantissa * 10 + d;
    int64_t digits = p - first, decimals = 0;
    if (*p == '.') {
        first = ++p;
        for (unsigned d; (d = *p - '0') < 10u; p++) mantissa = mantissa * 10 + d;
        decimals = p - first;
        digits += decimals;
    }
    if (digits == 0 || digits > 18) return 0;
    double v = (double)(int64_t)mantissa / POWER[decimals];
    *value = negative ? -v : v;
    return p;
}

/* ---- comments ---------------------------------------------------------------------------- */

static int look_up(const pw_vocabulary *v, uint32_t hash) {
    for (uint32_t slot = hash & 1023; v->comment_hash[slot]; slot = (slot + 1) & 1023)
        if (v->comment_hash[slot] == hash) return v->comment_action[slot];
    return PW_COMMENT_NONE;
}

/* Slicer marks: a phrase at the start ("printing object ...") or a whole comment ("TYPE:Skirt").
 * Hash: FNV-1a over lower-cased ASCII. */
static int comment_action(const pw_vocabulary *v, const uint8_t *p, const uint8_t *end) {
    p = skip_blank(p);
    while (end > p && is_blank(end[-1])) end--;
    if (end - p > 64) end = p + 64;
    uint32_t hash = 2166136261u;
    for (; p < end; p++) {
        unsigned c = *p;
        if (c == ' ' || c == ':' || c == ',') {
            int action = look_up(v, hash);
            if (action && (action < PW_COMMENT_FEATURE || c == ',')) return action;
        }
        if (c - 'A' < 26u) c |= 32;
        hash = (hash ^ c) * 16777619u;
    }
    return look_up(v, hash);
}

static int apply_comment(scan *s, const uint8_t *p, const uint8_t *eol) {
    int action = comment_action(s->vocabulary, p, eol);
    if (action == PW_COMMENT_HOST) return HOST;
    if (action == PW_COMMENT_LAYER) s->m.layer_marks++;
    if (action >= PW_COMMENT_FEATURE) s->m.feature = (uint32_t)(action - PW_COMMENT_FEATURE);
    return 0;
}

/* ---- the end of a line ------------------------------------------------------------------- */

/* Comments and the end of the line: what may follow a command. NULL: something else does. */
static const uint8_t *line_tail(const scan *s, const uint8_t *p) {
    for (;;) {
        p = skip_blank(p);
        if (is_eol(*p) || p == s->end) return p;
        if (*p == ';') return to_eol(p);
        if (*p != '(') return 0;
        while (*p != ')' && !is_eol(*p)) p++;
        p += *p == ')';
    }
}

/* ---- words ------------------------------------------------------------------------------- */

/* "X1e4" is no exponent here but reads like one to a person: let the host complain. */
static int looks_like_exponent(const uint8_t *e) {
    const uint8_t *p = e - 1;
    if (!is_digit(*p) && *p != '.') return 0;
    while (is_digit(*p) || *p == '.' || *p == '-' || *p == '+' || is_blank(*p)) p--;
    return *p - 'A' < 26u;
}

/* The words of a move. NULL: a malformed, doubled or unexpected one; the host says which. */
static inline const uint8_t *read_words(const scan *s, const uint8_t *p, words *w) {
    unsigned have = 0;
    for (;;) {
        p = skip_blank(p);
        unsigned c = *p, bit;
        if (!is_letter(c)) break;
        int word = WORD_OF[c & 31];
        if (word == 0 || have & (bit = 1u << (word - 1))) return 0;
        if (c == 'e' && looks_like_exponent(p)) return 0;
        have |= bit;
        p = read_number(skip_blank(p + 1), &w->value[word - 1]);
        if (!p) return 0;
    }
    w->have = have;
    return line_tail(s, p);
}

/* ---- motion ------------------------------------------------------------------------------ */

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

/* ---- commands ---------------------------------------------------------------------------- */

/* Modes: nothing but a comment may follow on the line. */
static const uint8_t *set_mode(scan *s, const uint8_t *p, int code) {
    pw_machine *m = &s->m;
    int known = code == 20 || code == 21 || code == 90 || code == 91 || code == 10 || code == 11 ||
                (code == 17 && m->plane == 17);
    if (!known || !(p = line_tail(s, p))) return 0;
    if (code == 20) m->unit = 25.4;
    if (code == 21) m->unit = 1;
    if (code == 90 || code == 91) {
        m->absolute_xyz = code == 90;
        m->absolute_e = m->g90_moves_e ? code == 90 : code == 90 && m->absolute_e_word;
    }
    return p; /* G10 and G11 alone retract and recover */
}

static const uint8_t *g_command(scan *s, const uint8_t *p, int code) {
    words w;
    if (code < 1024 && s->vocabulary->inert_g[code]) return to_eol(p);
    if (code > 3 && code != 92) return set_mode(s, p, code);
    p = read_words(s, p, &w);
    if (!p || (code == 92 ? set_position(&s->m, &w) : move(s, &w, code)) == HOST) return 0;
    return p;
}

static const uint8_t *m_command(scan *s, const uint8_t *p, int code) {
    if (code < 1024 && s->vocabulary->inert_m[code]) return to_eol(p);
    if ((code != 82 && code != 83) || !(p = line_tail(s, p))) return 0;
    s->m.absolute_e_word = code == 82;
    s->m.absolute_e = code == 82 && (s->m.g90_moves_e || s->m.absolute_xyz);
    return p;
}

static const uint8_t *t_command(scan *s, const uint8_t *p, int code) {
    if (code > 31 || !(p = line_tail(s, p))) return 0;
    s->m.tool = (uint32_t)code;
    s->m.state = (s->m.state & ~(uint32_t)PW_COLD) | (s->m.cold_tools >> code & 1 ? PW_COLD : 0);
    return p;
}

/* "X10 E1" repeats the last G0-G3 on machines with modal motion. */
static const uint8_t *modal_line(scan *s, const uint8_t *p) {
    words w;
    unsigned letter = *p & ~32u;
    int axis = (letter >= 'X' && letter <= 'Z') || letter == 'E';
    if (!axis || s->m.motion < 0 || !(p = read_words(s, p, &w))) return 0;
    if (move(s, &w, s->m.motion) == HOST) return 0;
    if (s->m.modal_lines++ == 0) s->m.first_modal_line = s->m.line + 1;
    return p;
}

static inline const uint8_t *command(scan *s, const uint8_t *p) {
    unsigned letter = *p & ~32u;
    if (letter != 'G' && letter != 'M' && letter != 'T') return modal_line(s, p);
    const uint8_t *first = ++p;
    int code = 0;
    for (; is_digit(*p) && p - first < 5; p++) code = code * 10 + (*p - '0');
    if (p == first || *p == '.' || is_digit(*p)) return 0;
    return letter == 'G' ? g_command(s, p, code)
           : letter == 'M' ? m_command(s, p, code) : t_command(s, p, code);
}

/* "*71": the XOR of all bytes before the star. A mismatch is counted only: printing from a card
 * ignores it and a serial host sends the line again, so the line prints either way. */
static const uint8_t *checked_command(scan *s, const uint8_t *line, const uint8_t *p) {
    const uint8_t *end = s->end, *eol = to_eol(p), *star = eol;
    while (star > p && *star != '*') star--;
    if (star == p || star == eol) return command(s, p);
    unsigned sum = 0, said = 0;
    for (const uint8_t *q = line; q < star; q++) sum ^= *q;
    const uint8_t *q = skip_blank(star + 1), *first = q;
    while (is_digit(*q) && q - first < 4) said = said * 10 + (*q++ - '0');
    if (q == first || skip_blank(q) != eol) return 0; /* a star in a text, or a comment */
    s->end = star;
    p = command(s, p);
    s->end = end;
    if (!p) return 0;
    if (sum != said && s->m.bad_checksums++ == 0) s->m.first_bad_checksum = s->m.line + 1;
    return eol;
}

/* One line from its first byte to its end (exclusive). NULL: the host must carry it out. */
static inline const uint8_t *carry_out(scan *s, const uint8_t *line) {
    const uint8_t *p = skip_blank(line);
    if (is_eol(*p)) return p;
    if (*p == ';') {
        const uint8_t *eol = to_eol(p);
        return apply_comment(s, p + 1, eol) == HOST ? 0 : eol;
    }
    if ((*p | 32) != 'n' || !is_digit(p[1])) return command(s, p);
    for (p++; is_digit(*p);) p++;
    p = skip_blank(p);
    return is_eol(*p) ? p : checked_command(s, line, p);
}

static void note_length(pw_machine *m, const uint8_t *line, const uint8_t *eol) {
    const uint8_t *semicolon = memchr(line, ';', (size_t)(eol - line));
    if ((semicolon ? semicolon : eol) - line <= LONG_LINE) return;
    if (m->long_lines++ == 0) m->first_long_line = m->line + 1;
}

/* The bytes of complete lines; final CRs may be half of a line end. */
static int64_t complete(const uint8_t *buffer, int64_t size, int final) {
    int64_t n = size;
    if (final) return n;
    while (n && buffer[n - 1] == '\r') n--;
    while (n && !is_eol(buffer[n - 1])) n--;
    return n;
}

/* LF, CR LF and the CR CR LF of files that were converted twice; else CR alone. */
static const uint8_t *next_line(pw_machine *m, const uint8_t *p, const uint8_t *end) {
    const uint8_t *q = p;
    while (q < end && *q == '\r' && q - p < 3) q++;
    if (q < end && *q == '\n') return q + 1;
    m->lone_cr += p < end;
    return p + (p < end);
}

/* Advance through the window's complete lines (all of it when it is final) until they end, fewer
 * than MAX_CHORDS segments fit into its output, or a line needs the host. */
PW_API int pw_scan(pw_machine *machine, const pw_vocabulary *vocabulary, pw_window *window) {
    const uint8_t *buffer = window->buffer, *p = buffer + window->position;
    const uint8_t *end = buffer + complete(buffer, window->size, window->final);
    scan s = {end, vocabulary, window->out + window->used, *machine};
    const pw_segment *full = window->out + window->capacity - MAX_CHORDS, *first = s.out;
    int why = PW_MORE;
    while (p < end && why == PW_MORE) {
        if (s.out > full) {
            why = PW_FULL;
            break;
        }
        const uint8_t *line = p, *eol = carry_out(&s, p);
        if (!eol) {
            eol = to_eol(line);
            why = PW_HOST;
            window->line_start = line - buffer;
            window->line_end = eol - buffer;
        }
        if (eol - line > LONG_LINE) note_length(&s.m, line, eol);
        s.m.line += why != PW_HOST;
        p = next_line(&s.m, eol, end);
    }
    window->position = p - buffer;
    window->used += s.out - first;
    s.m.segments += (uint64_t)(s.out - first);
    *machine = s.m;
    return why;
}

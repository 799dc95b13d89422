/* G-code bytes -> extruding segments, resumable at any line.
 *
 * The plain subset that makes up more than 99 % of every sliced file is carried out here: G0-G3,
 * G20/G21, G90-G92, M82/M83, T, comments and commands that cannot move the head. Any other line is
 * handed to the host (readers/gcode/interpreter.py) untouched, so that each rare rule exists once.
 * A line changes the machine only after it was read whole without surprise.
 */
#include "gcode_motion.h"

#define LONG_LINE 96 /* Marlin's MAX_CMD_SIZE: the rest of such a line is cut off there */

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
    if (*p == '%') return to_eol(p);
    if (*p == '(') return line_tail(s, p);
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

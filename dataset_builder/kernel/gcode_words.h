/* The letters and numbers of a G-code line. Included by scan.c alone. */
#ifndef PW_GCODE_WORDS_H
#define PW_GCODE_WORDS_H

#include "printwarden.h"

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

/* byte -> word index + 1; FOREIGN: a letter that is the host's; 0: no letter */
enum { FOREIGN = WORDS + 1 };
#define EITHER_CASE(letter, word) [letter] = word, [letter + 32] = word
#define STRANGE(letter) EITHER_CASE(letter, FOREIGN)
static const uint8_t WORD_OF[256] = {
    EITHER_CASE('X', X + 1), EITHER_CASE('Y', Y + 1), EITHER_CASE('Z', Z + 1),
    EITHER_CASE('E', E + 1), EITHER_CASE('I', I + 1), EITHER_CASE('J', J + 1),
    EITHER_CASE('R', R + 1), EITHER_CASE('F', F + 1),
    STRANGE('A'), STRANGE('B'), STRANGE('C'), STRANGE('D'), STRANGE('G'), STRANGE('H'),
    STRANGE('K'), STRANGE('L'), STRANGE('M'), STRANGE('N'), STRANGE('O'), STRANGE('P'),
    STRANGE('Q'), STRANGE('S'), STRANGE('T'), STRANGE('U'), STRANGE('V'), STRANGE('W')};

static inline int is_blank(unsigned c) { return c == ' ' || c == '\t'; }
static inline int is_eol(unsigned c) { return c == '\n' || c == '\r'; }
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
    if (is_blank(*p)) p = skip_blank(p);
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

/* "X1e4" is no exponent here but reads like one to a person: let the host complain. */
static int looks_like_exponent(const uint8_t *e) {
    const uint8_t *p = e - 1;
    if (!is_digit(*p) && *p != '.') return 0;
    while (is_digit(*p) || *p == '.' || *p == '-' || *p == '+' || is_blank(*p)) p--;
    return (unsigned)(*p - 'A') < 26u;
}

/* The words of a move. NULL: a malformed, doubled or unexpected one; the host says which. */
static inline const uint8_t *read_words(const scan *s, const uint8_t *p, words *w) {
    unsigned have = 0;
    for (;;) {
        if (*p == ' ') p++; /* nearly always just one */
        unsigned word = WORD_OF[*p];
        if (word == 0) {
            if (!is_blank(*p)) break;
            p = skip_blank(p);
            continue;
        }
        unsigned bit = 1u << word;
        if (word == FOREIGN || have & bit || (*p == 'e' && looks_like_exponent(p))) return 0;
        have |= bit;
        p = read_number(p + 1, &w->value[word - 1]);
        if (!p) return 0;
    }
    w->have = have >> 1;
    return line_tail(s, p);
}

#endif

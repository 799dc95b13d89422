/* MeatPack bytes -> text; the same machine as readers/meatpack.py, which says where it comes from.
 * Every input byte writes at most two characters, so the caller's 2 n bytes (and one more for a
 * 0xFF held from the call before) always suffice. */
#include "printwarden.h"

enum { PW_ESCAPE = 15 }; /* "the character follows as a byte of its own" */
enum { PW_MP_NONE, PW_MP_SECOND, PW_MP_FIRST, PW_MP_BOTH }; /* literals that are owed */

/* What is remembered between two calls; readers/meatpack.py holds it as five bytes. */
typedef struct {
    uint8_t packing, no_spaces;
    uint8_t signals; /* 0xFF bytes seen in a row: two announce a command */
    uint8_t owed;    /* PW_MP_* */
    uint8_t second;  /* the character after the literal that PW_MP_FIRST waits for */
} pw_meatpack_state;

static int obey(pw_meatpack_state *s, uint8_t command)
{
    switch (command) {
    case 251: s->packing = 1; return 0;
    case 250: s->packing = 0; return 0;
    case 249: s->packing = s->no_spaces = 0; return 0;
    case 248: return 0; /* a query: printers answer it, it has no text */
    case 247: s->no_spaces = 1; return 0;
    case 246: s->no_spaces = 0; return 0;
    default: return -1;
    }
}

static uint8_t *put(pw_meatpack_state *s, uint8_t byte, uint8_t *out)
{
    const char *table = s->no_spaces ? "0123456789.E\nGX" : "0123456789. \nGX";
    uint8_t low = byte & 15, high = byte >> 4;
    if (!s->packing && s->owed == PW_MP_NONE) {
        *out++ = byte;
    } else if (s->owed != PW_MP_NONE) {
        *out++ = byte;
        if (s->owed == PW_MP_FIRST)
            *out++ = s->second;
        s->owed = s->owed == PW_MP_BOTH ? PW_MP_SECOND : PW_MP_NONE;
    } else if (low != PW_ESCAPE) {
        *out++ = (uint8_t)table[low];
        if (high != PW_ESCAPE)
            *out++ = (uint8_t)table[high];
        else
            s->owed = PW_MP_SECOND;
    } else {
        s->owed = high == PW_ESCAPE ? PW_MP_BOTH : PW_MP_FIRST;
        s->second = high == PW_ESCAPE ? 0 : (uint8_t)table[high];
    }
    return out;
}

/* Decode `count` bytes; `out` holds 2 * count + 2. Returns the characters written,
 * -1 for an unknown command, -2 for a command inside a character pair. */
PW_API int64_t pw_meatpack_decode(pw_meatpack_state *s, const uint8_t *in, uint64_t count,
                                  uint8_t *out)
{
    uint8_t *start = out;
    for (uint64_t i = 0; i < count; i++) {
        uint8_t byte = in[i];
        if (s->signals == 2) {
            s->signals = 0;
            if (s->owed != PW_MP_NONE)
                return -2;
            if (obey(s, byte) != 0)
                return -1;
        } else if (byte == 0xFF) {
            s->signals++;
        } else {
            if (s->signals == 1) { /* a lone 0xFF was a pair of two literals */
                s->signals = 0;
                out = put(s, 0xFF, out);
            }
            out = put(s, byte, out);
        }
    }
    return out - start;
}

/* Records shared between the kernel's files and with Python (geometry/toolpath.py, readers/gcode/
 * machine.py). The layouts are checked against NumPy's and ctypes' by tests/dataset_builder. */
#ifndef PRINTWARDEN_H
#define PRINTWARDEN_H

#include <stdint.h>

#define PW_API __attribute__((visibility("default")))

/* One straight bead: absolute machine millimetres. 40 bytes. */
typedef struct {
    float start[3], end[3];
    float filament; /* mm pushed along this segment */
    uint32_t line;  /* 1-based */
    uint16_t object;
    uint8_t tool, feature, state;
    uint8_t padding[3];
} pw_segment;

enum { PW_COLD = 1, PW_EXCLUDED = 2, PW_NO_FLOW = 4, PW_NOT_PRINTED = PW_EXCLUDED | PW_NO_FLOW };

/* Everything a modal machine remembers between two lines. Python owns it and may change any field
 * between calls; that is how rare commands are carried out. */
typedef struct {
    double position[3];   /* machine mm */
    double extruder;      /* E axis, mm (after units) */
    double offset[3];     /* machine = word * unit + offset */
    double offset_e;
    double unit;          /* 1 or 25.4 mm */
    double filament_per_e; /* 1, or 1 / cross-section when E counts volume (M200) */
    double retracted;     /* filament owed to the nozzle before it oozes again, mm */
    double pushed;        /* filament pushed out since the last bead, standing still, mm */
    double pushed_total;  /* of it, what a following dry move may have smeared, mm */
    uint64_t line;        /* lines completed */
    uint64_t moves, extruding_moves, segments;
    uint64_t dry_pushes;  /* dry moves right after such a push */
    uint64_t ambiguous_e; /* E words that firmwares read differently (G90/G91 and M83) */
    uint64_t bad_checksums, first_bad_checksum;
    uint64_t long_lines, first_long_line;
    uint64_t lone_cr;
    uint64_t modal_lines, first_modal_line;
    uint64_t layer_marks;
    int32_t absolute_xyz, absolute_e, absolute_e_word; /* the last: what M82/M83 alone said */
    int32_t g90_moves_e; /* dialect: G90 and G91 change the extruder's mode too */
    int32_t motion;      /* modal G0..G3, or -1 */
    int32_t plane;       /* 17, 18, 19 */
    uint32_t object;
    uint32_t tool, feature, state;
    uint32_t cold_tools; /* bit per tool that the job says is too cold to print */
} pw_machine;

/* One scan of a buffer, advanced call by call. A final buffer must end in LF or CR. */
enum { PW_MORE = 0, PW_FULL = 1, PW_HOST = 2 };
typedef struct {
    const uint8_t *buffer;
    int64_t size;
    int64_t position;   /* bytes of complete lines dealt with */
    pw_segment *out;
    int64_t capacity;
    int64_t used;       /* segments in out */
    int64_t line_start; /* PW_HOST: the line Python must carry out and count, dealt with already */
    int64_t line_end;
    int32_t final;      /* the last line need not end */
} pw_window;

/* What comments and codes mean; filled from readers/gcode/vocabulary.py. */
enum { PW_COMMENT_NONE = 0, PW_COMMENT_HOST = 1, PW_COMMENT_LAYER = 2, PW_COMMENT_FEATURE = 16 };
typedef struct {
    uint32_t comment_hash[1024]; /* open addressing; 0 is empty */
    uint8_t comment_action[1024];
    uint8_t inert_g[1024], inert_m[1024]; /* 1: cannot move the head while printing */
} pw_vocabulary;

#endif

"""The catalogue of hostile and odd G-code, row by row: what must come of each case.

Rows and actions are those of the reliability catalogue: N the same geometry, C cannot_analyse,
E clear_error; a flag where one is named. Every case answers within BUDGET_S and raises nothing.
"""

from __future__ import annotations

import gzip
import io
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pytest

from dataset_builder.errors import ReadError
from dataset_builder.reading import JobReading, read_job, unreadable
from dataset_builder.readers.open_job import open_job
from tests.dataset_builder.gcode_jobs import Step, bracket, read_fast, write
from tests.dataset_builder.test_gcode_metamorphic import (
    INTERLUDES,
    LABELS,
    ORIGINS,
    RENAMES,
    REWORKINGS,
    SPELLINGS,
    always,
    now_and_then,
)

BUDGET_S = 5.0
BASE = write(bracket())
BASE_GEOMETRY = read_fast(BASE).geometry
OK, CANNOT, ERROR = "ok", "cannot_analyse", "clear_error"

_HEAD, _TAIL = BASE.split("G21\n", 2)[0], BASE.split("G21\n", 2)[1:]


@dataclass(frozen=True)
class Case:
    """One input; outcomes that are right, a flag that must be raised, and what is printed.

    same: an ok outcome must have the base job's geometry. line: where an error must point.
    """

    row: int
    name: str
    text: str | bytes
    outcomes: tuple[str, ...]
    flag: str = ""
    same: bool = True
    line: int | None = None

    @property
    def id(self) -> str:
        return f"row-{self.row} {self.name}"


def amid(text: str) -> str:
    """The base job with *text* between two of its layers."""
    return write(bracket(), before_layer=lambda layer: text if layer == 3 else "")


LINE_AMID = amid("@").split("\n").index("@") + 1


def _rows(
    row: int, outcomes: str, texts: Iterable[str] | dict[str, str | bytes], flag: str = "", **more
) -> list[Case]:
    """Cases of one row and expectation; bare texts are put amid the base job."""
    letters = {"N": OK, "C": CANNOT, "E": ERROR}
    right = tuple(letters[letter] for letter in outcomes)
    named = texts if isinstance(texts, dict) else {text: amid(text) for text in texts}
    return [
        Case(row, name.replace("\n", "|")[:60], text, right, flag, **more)
        for name, text in named.items()
    ]


def _errors(row: int, lines: Iterable[str], flag: str = "") -> list[Case]:
    return _rows(row, "E", lines, flag, line=LINE_AMID)


def pushed(steps: Iterable[Step], *, between: str = "") -> str:
    """Every bead split into a push at rest and a dry move."""
    lines = ["G90", "M83"]
    for step in steps:
        lines += [f"G1 E{step.e:.4f}", between] if step.e > 0 else []
        lines.append(f"G0 X{step.x:.3f} Y{step.y:.3f} Z{step.z:.2f}")
    return "\n".join(line for line in lines if line) + "\n"


DECOY = write(bracket(20.0, 20.0, layers=3))
PRINTING = [step for step in bracket() if step.e >= 0]

FRAMES = [
    *_rows(13, "N", {
        "all relative": write(bracket(), relative=always, relative_e=always),
        "relative E": write(bracket(), relative_e=always),
        "toggled per layer": write(bracket(), relative=now_and_then, relative_e=now_and_then),
    }),
    *_rows(14, "N", {
        "inches": write(bracket(), inch=always),
        "toggled": write(bracket(), inch=now_and_then),
        "toggled, relative": write(bracket(), inch=now_and_then, relative=always),
    }),
    *_rows(15, "N", {
        f"{name}, {far}": write(bracket(), origin=ORIGINS[far], rename=RENAMES[name])
        for name in ("G92", "G92.1 first", "G92 axis by axis", "G92 in inches") for far in ORIGINS
    }),
    *_rows(15, "N", [INTERLUDES["home all"], INTERLUDES["home two"], "G92 E5\nG92 E0", "g92"]),
    *_rows(16, "N", {
        name: write(bracket(), origin=ORIGINS["another each layer"], rename=RENAMES[name])
        for name in RENAMES if not name.startswith("G92")
    }),
    *_rows(16, "N", [INTERLUDES["saved and restored"], INTERLUDES["travel in machine coordinates"]]),
    *_rows(16, "CE", [
        "RESTORE_GCODE_STATE NAME=never_saved", "G10 L2 P99 X5", "G10 L77 P1 X5",
        "SET_GCODE_OFFSET X=nan", "SET_GCODE_OFFSET X={x}",
    ]),
    *_rows(17, "C", [
        "G68 X0 Y0 R45", "G51 X2 Y2", "G16", "M579 X2 Y2", "SET_SKEW XY=100,100,70", "g68 x0 y0 r30"
    ], "rotation"),
    *_rows(17, "C", ["M206 X5", "M428", "M206 Z-0.5"], "home_offset"),
    *_rows(17, "C", ["M218 T1 X5", "G10 P1 X5", "G10 P0 Z-3"], "tool_offset"),
    *_rows(17, "C", ["M92 X160", "M92 X80 Y80 Z400 E93"], "steps_changed"),
    *_rows(17, "C", ["M92 E-93", "m92 e-93"]),
    *_rows(17, "N", ["M206 X0 Y0 Z0", "M218 T1 X0 Y0", "G10 P1 R140 S205", "M92 E93"]),
]  # fmt: skip

ARCS = [
    *_rows(18, "N", {
        "a full circle, inside the job": amid(
            "G90\nM83\nG0 X110 Y92 Z0.6\nG2 I-0.01 E0.0001\nG0 Z0.6"
        ),
    }),
    *_rows(18, "N", ["G17\nG2 X50 Y50 I25 J25\nG0 X0", "G2 X60 R200 F100\nG3 X50 R-200"]),
    *_errors(19, ["G2 X5 Y5 E1", "G3 X5 E1", "G2 I0 J0 E1", "G2 X5 I0 J0 E1"]),
    *_errors(19, [
        "G2 X500 R1 E1", "G2 X500 Y0 I1 J0 E1", "G2 X5 I100000000 E1", "G3 X1 R100000000 E1",
        "G2 X500 R-1 E1", "G2 X5 Y5 I10001 E1", "G3 X1 R99999999999999999 E1",
    ], "arc_radius"),
    *_rows(19, "E", ["G2 R5 E1", "G2 X5 Y5 R0 E1", "G18\nG2 X5 Z5 J3 E1", "G2 E1", "G3 Z5 E1"]),
    *_rows(19, "EC", ["G2 I5 P1000000000 E1", "G2 I5 P999999999999999999 E1", "G3 I9 P-7.5 E1"]),
    *_rows(20, "N", {"G5": amid("M83\nG0 X105 Y95\nG5 I0 J0 P0 Q0 X105.1 Y95 E0.001")}, "bezier"),
    *_rows(20, "C", ["G5 X50 Y50 I5 J5 E3", "G5 X50 Y50 E3", "G5 X9 Y9 I1 J1 P5 E3"]),
    *_rows(20, "CE", ["G5.1 X50 Y50 I5 J5 E3"]),
]  # fmt: skip

LEXICAL_ROWS = {
    21: "line numbers|glued line numbers|checksums",
    22: "lower case|mixed case|no spaces|tabs|plus signs|no zero before the point|"
    "bare trailing point|twelve decimals|words in another order",
    23: "comments after|comments glued on|comments between|comments in front|display texts|"
    "comments never closed|stray closing bracket|whole-line comments|stars in comments",
    24: "CR LF|CR CR LF|CR alone|mixed line ends|no last newline",
    25: "byte order mark|UTF-8 in comments|Latin-1 in comments",
    26: "NUL in comments",
    29: "G0 and G1 swapped|every move G0|zero-length moves",
}
BAD_WORDS = """G1 X E1|G1 X--5 E1|G1 X+-5 E1|G1 X-+5 E1|G1 X1..2 E1|G1 X1.2.3 E1|G1 X1,5 E1|G1 X- E1
G1 X0x10 E1|G1 Xnan E1|G1 Xinf E1|G1 X1e400 E1|G1 X1e4 E1|G1 X1 Y1 E1e-2|G1 X[1+2] E1|G1 X. E1
G1 X{foo} E1|G1 {foo}|G1 X1 X2 E1|G1 X1 x2 E1|G1 E1 E2 X1|G1 X1234567890123456789 E1|G1 X 1 2 E1
G1 X0.1234567890123456789 E1|G1 X1 E|X5 Y|g1 x|G1 X"5" E1|G1 X1 # Y2|G1 X$1 E1|G1 X1_000 E1
G1 X200000 E1|G1 X-100001 E1|G3 X1 Y1 I E1|G1 X1 Y2 5 E1|G1 X5mm E1|G1 X=5 E1|G1 X:5 E1|G1,X5"""
LEXICAL = [
    *(case for row, names in LEXICAL_ROWS.items()
      for case in _rows(row, "N", {name: SPELLINGS[name](BASE) for name in names.split("|")})),
    *_rows(21, "N", {"wrong checksums": SPELLINGS["wrong checksums"](BASE)}, "checksum"),
    *_rows(21, "N", ["M110 N0", "N0 M110 N100", "N5", "N99999999999 G4 P1"]),
    *_rows(23, "N", ["M117 G1 X900 Y900 E50", "m117 g28", "M118 E1 G92 X5", "; G92 X5", "(G28)",
                     "M117 (", "M117 {x} 1,5 \"", "M117 M98 P1", ";M98 P\"x.g\"", "(SDCARD_LOOP)"]),
    *_rows(24, "N", {"only the last newline is missing": BASE.rstrip("\n")}),
    *_rows(25, "CE", {"UTF-16 LE": BASE.encode("utf-16"), "UTF-16 BE": BASE.encode("utf-16-be"),
                      "UTF-32": BASE.encode("utf-32")}, same=False),
    *_rows(26, "NE", {"NUL after the end": BASE.encode() + b"\0" * 100}),
    *_errors(26, ["G1 X1\x000 E1", "G1 X1\0", "G1 X15\x08 E1", "\x00G1 X1 E1", "G1\x00X1 E1",
                  "G1 X1\x1b[A E1", "G1 X1\x7f E1", "G1 X1\x0bY2", "G1 X1 E1\x1a"]),
    *_errors(27, BAD_WORDS.replace("\n", "|").split("|")),
    *_rows(27, "E", {
        "Arabic digits": amid("@").replace("@", "G1 X\u0661 E1").encode(),
        "full-width letters": amid("@").replace("@", "\uff27\uff11 \uff38\uff11 E1").encode(),
        "a minus sign of typography": amid("@").replace("@", "G1 X\u22125 E1").encode(),
        "a no-break space": amid("@").replace("@", "G1\u00a0X5 E1").encode(),
    }, line=LINE_AMID),
    *_rows(27, "E", ["G92 X1..2", "G92 X1e4", "G92 X1 X2", "G10 L2 P1 X1..2", "G52 X1,5"]),
    *_rows(28, "NE", {
        "400,000 blank lines": "\n" * 400_000 + BASE,
        "20,000 parentheses": amid("(" * 20_000), "20,000 pairs": amid("()" * 20_000),
        "60,000 closing parentheses": amid(")" * 60_000),
        "a long comment": amid(";" + "x" * 900_000),
    }),
    *_rows(28, "E", {
        "a line of 2 MiB": amid("G1 " + " " * (2 << 20) + "X1"),
        "a comment of 3 MiB": amid(";" + "x" * (3 << 20)),
        "a number of 100,000 digits": amid("G1 X" + "1" * 100_000),
        "100,000 decimals": amid("G1 X0." + "1" * 100_000),
        "60,000 words": amid("G1" + " X1" * 60_000),
        "60,000 commands": amid("G1 X1 E1 " * 20_000),
    }),
    *_rows(29, "N", {"modal lines": SPELLINGS["modal lines"](BASE)}, "modal_line"),
    *_rows(29, "N", ["G90 G0 X5", "G21 G90 G0 X50 F900", "G0 X5 G90"], "multi_command"),
    *_rows(29, "CE", ["G1 X1 G1 X2", "G0 X1 G92 X0", "G1 X1 G28 Y2", "G1 X5 Y5 G2 I5", "G92 X1 G0 Y1"]),
]  # fmt: skip

EXTRUSION = [
    *_rows(30, "N", {name: write(REWORKINGS[name](bracket())) for name in ("wipe", "z hop", "no retraction")}),
    *_rows(30, "N", {"firmware retraction": write(bracket(), firmware_retraction=True),
                     "purge blob": f"G1 E30 F200\nG92 E0\n{BASE}"}),
    *_rows(30, "N", ["M600", "T1\nG92 E0\nT0", "G10\nG11", "G10 S1\nG11 S1", "T99", "T-1", "T1000",
                     "M83\nG1 E-60\nG1 E60"]),
    *_rows(31, "C", {
        "push, then move": pushed(PRINTING),
        "with a pause between": pushed(PRINTING, between="G4 P1"),
        "with a text between": pushed(PRINTING, between="M117 G1 X5"),
        "with a feed rate between": pushed(PRINTING, between="G1 F900"),
        "with a tiny retraction between": pushed(PRINTING, between="G1 E-0.0001"),
        "with G92 between": pushed(PRINTING, between="G92 E0"),
        "with a no-move between": pushed(PRINTING, between="G91\nG0 X0\nG90"),
        "with a tiny Z hop between": pushed(PRINTING, between="G91\nG0 Z0.001\nG90"),
        "with a mode between": pushed(PRINTING, between="G91\nG90"),
        "push of 1e-8 on each move": pushed(PRINTING).replace("Z", "E0.00000001 Z"),
        "after ten real beads": BASE.split("G0", 8)[0] + pushed(PRINTING),
    }, "push_then_move", same=False),
    *_rows(32, "CE", {"all without flow": f"M221 S0\n{BASE}"}, "flow", same=False),
    *_rows(32, "N", {"a decoy without flow": f"M221 S0\n{DECOY}M221 S100\nG92 E0\n{BASE}",
                     "half flow": f"M221 S50\n{BASE}"}, "flow"),
    *_rows(32, "N", {"volumetric": f"M200 D1.128379167\n{BASE}"}, "volumetric"),
    *_rows(32, "C", ["M92 E-93", "M92 T0 E-93"]),
    *_rows(33, "N", {
        "all cold": "M302 P1\n" + BASE.replace("M104 S210\n", "").replace("M104 S0\n", ""),
        "heaters off": BASE.replace("M104 S210", "M104 S0\nM302 S0"),
        "cold by Klipper's word":
            "SET_HEATER_TEMPERATURE HEATER=extruder TARGET=0\n" + BASE.replace("M104 S210\n", ""),
    }, "cold_extrusion"),
    *_rows(34, "N", {"short moves": write(REWORKINGS["short moves"](bracket())),
                     "moves of no length": SPELLINGS["zero-length moves"](BASE)}),
    *_rows(35, "N", {name: write(REWORKINGS[name](bracket())) for name in REWORKINGS if "layers" in name}),
    *_rows(36, "N", {name: label(BASE) for name, label in LABELS.items()}),
    *_rows(37, "N", {
        "EXCLUDE_OBJECT": "EXCLUDE_OBJECT NAME=decoy\nEXCLUDE_OBJECT_START NAME=decoy\n"
                          f"{DECOY}EXCLUDE_OBJECT_END NAME=decoy\n{BASE}",
        "M486 P": f"M486 P7\nM486 S7\n{DECOY}M486 S-1\n{BASE}",
        "M486 C": f"M486 S7\nM486 C\n{DECOY}M486 S-1\n{BASE}",
    }, "excluded_object"),
    *_rows(37, "CE", {"nothing but excluded": f"M486 S7\nM486 C\n{BASE}"}, "excluded_object", same=False),
]  # fmt: skip

CONTROL = [
    *_rows(38, "C", [
        "SDCARD_LOOP_BEGIN COUNT=50\nSDCARD_LOOP_END", "SDCARD_LOOP_BEGIN COUNT=0", "M808 L50\nM808",
        "m808 l0", "sdcard_loop_begin count=3",
    ], "loop"),
    *_rows(38, "C", ["while iterations < 5\n  G1 X1", "while true", "if {x}\n  M98 P1", "set var.x = 5",
                     "SDCARD_LOOP_BEGIN COUNT=9\n" * 5_000]),
    *_rows(39, "C", [
        'M98 P"part.g"', "M98 P100", "m98 p100", "N7 M98 P1", "M32 /x.g", "M23 x.gco\nM24", "M24",
        "M28 x.gco\nG1 X1\nM29", "M810 G1 X5|G1 X6", "M810", "M819", "SDCARD_PRINT_FILE FILENAME=a",
        "RUN_SHELL_COMMAND CMD=x", "  M98 P1 ; x",
    ], "external_file"),
    *_rows(39, "C", ["PRINT_THE_THING", "_SECRET", "my_macro X=1", "DO G1 X5"], "unknown_macro"),
    *_rows(39, "C", ["FORCE_MOVE STEPPER=stepper_x DISTANCE=5 VELOCITY=9", "MANUAL_STEPPER STEPPER=a MOVE=5",
                     "SET_KINEMATIC_POSITION X=0", "G6 X5 Y5", "set_kinematic_position x=0"], "hidden_motion"),
    *_rows(39, "C", ["G777 X5 Y5", "G5.3 X1 Y1 E1", "G2.5 X1"], "unknown_command"),
    *_rows(39, "N", ["M9876", "G777"], "unknown_command"),
    *_rows(40, "N", [
        "START_PRINT BED=60 EXTRUDER=210", "END_PRINT", "PRINT_START", "start_print bed=60",
        'START_PRINT MATERIAL="PLA; black" BED=60',
    ], "macro"),
    *_rows(40, "N", [
        'RESPOND MSG="hello; world G1 X5"', 'M862.3 P "MK3S"', "M1002 gcode_claim_action : 2", "M84 E",
        "M115 U3.14.0", "M555 X1 Y2 W30 H40", "G29 P1 X0 Y0 W50 H20 C", "G28 W", "G80", "M73 P5 R30",
        "SET_PRESSURE_ADVANCE ADVANCE=0.05 EXTRUDER=extruder1", "M204 P800 R800 T800", "M900 K0.05",
        "M201 X1000 Y1000 Z200 E5000", "M205 X8 Y8 Z0.4 E1.5", "M486 T5", "M569 S0 E", "G29 A",
        "SET_VELOCITY_LIMIT ACCEL=3000", "M221 S95", "M412 S1", "M622.1 S1", "M620 S0A", "M104 T1 S210",
        "M106 P2 S0", "M117 Layer 3/20; \xe9", "G4 S0", "M976 S1 P1 ; scan", "M1007 S1", "M17 X0.8 Y0.8",
    ]),
    *_rows(41, "CE", {
        "empty": "", "blank lines": "\n\n\n", "heat only": "M104 S200\nM109 S200\nM104 S0\n",
        "travel only": "G28\nG0 X50 Y50\nG1 X60 F900\n", "comments only": "; a\n(b)\n;c\n",
        "extrusion at rest only": "G28\nG1 E50\nG1 E100\n", "PNG": b"\x89PNG\r\n\x1a\n" + bytes(500),
        "HTML": "<!DOCTYPE html><html><body>404 G1 X1</body></html>", "retraction only": "G1 X5 E-5\n",
        "cut gzip": gzip.compress(BASE.encode())[:200], "STL": "solid cup\nfacet normal 0 0 1\nendsolid\n",
        "JSON": '{"error": "not found"}', "random bytes": np.random.default_rng(1).bytes(4096),
        "text": "Dear printer,\nplease print a cup.\n", "PDF": "%PDF-1.4\n%\xe2\xe3\n1 0 obj\n",
    }, same=False),
    *_rows(42, "C", {
        "cut at a line's end": BASE[: BASE.index("\n", len(BASE) // 2) + 1],
        "cut in a line": BASE[: BASE.index("X", len(BASE) // 2) + 4],
    }, "truncated", same=False),
    *_rows(42, "NCE", {"cut after a letter": BASE[: BASE.index("E", len(BASE) // 2) + 1]}, same=False),
]  # fmt: skip

TERSE = [
    "%",
    "/",
    "(",
    ")",
    ";",
    "X1",
    "T9",
    "A1",
    "M6",
    "G1",
    "G9",
    "*1",
    "N1",
    "ab",
    "\0",
    "G2",
    "G5",
    "_a",
    "E1",
]
BEZIER = "G5 I1 J1 P1 Q1 X9 Y9 E9"
SLOW = [
    *(Case(28, f"1 MB of {text!r}", f"G1 X1 E1\n{f'{text}'}" + f"\n{text}" * (1_000_000 // (len(text) + 1)),
           (OK, CANNOT, ERROR), same=False) for text in TERSE),
    *(Case(28, f"1 MB of {text!r}", "G1 X1 E1\n" + f"{text}\n" * (1_000_000 // (len(text) + 1)),
           (OK, CANNOT, ERROR), same=False)
      for text in ("G28", "G92", "G53 X1", "G10 L2 P1 X1", "G54", "M486 S1", "M999", "FOO", "G91 G1 X1", BEZIER,
                   "EXCLUDE_OBJECT NAME=a", "SAVE_GCODE_STATE NAME=a", "; printing object a", ";TYPE:Skirt",
                   "M117 a", "G2 I5 E1", "G2 I9000 E1", "G3 I9999 P9 E1", "G1 X1 *1", "SDCARD_LOOP_BEGIN")),
    Case(28, "1 MB of new names", "G1 X1 E1\n" + "".join(f"EXCLUDE_OBJECT_START NAME=a{n}\n" for n in range(32_000)),
         (OK, CANNOT, ERROR), same=False),
    Case(28, "1 MB of new macros", "".join(f"MACRO_{n}\n" for n in range(80_000)), (CANNOT, ERROR), same=False),
    Case(28, "1 MB of new states", "G1 X1 E1\n" + "".join(f"SAVE_GCODE_STATE NAME=a{n}\n" for n in range(36_000)),
         (OK, CANNOT, ERROR), same=False),
    Case(19, "1 MB of the dearest arcs", "G91\nM83\n" + "G2 I9999 P3 E1\n" * 60_000, (OK, CANNOT, ERROR), same=False),
    Case(19, "P 1e9 turns", "G2 I5 P1000000000 E1\n" * 1000, (CANNOT, ERROR), same=False),
    Case(38, "nested loops", "SDCARD_LOOP_BEGIN COUNT=1000000000\n" * 20_000 + "G1 X1 E1\n", (CANNOT,), "loop"),
    Case(28, "60,000 words after M117", "G1 X1 E1\nM117" + " a" * 60_000, (OK,), same=False),
    Case(28, "60,000 parameters of a macro", "G1 X1 E1\nSTART_PRINT" + " A=1" * 60_000, (OK, ERROR), same=False),
    Case(28, "one endless quoted string", 'G1 X1 E1\nSTART_PRINT A="' + "x" * 900_000, (OK, ERROR), same=False),
]  # fmt: skip

CASES = [*FRAMES, *ARCS, *LEXICAL, *EXTRUSION, *CONTROL]


def _read(text: str | bytes) -> tuple[JobReading, float]:
    data = text if isinstance(text, bytes) else text.encode("latin-1")
    began = time.perf_counter()
    try:  # anything but ReadError is a defect of ours and may escape
        with open_job(io.BytesIO(data), name="job.gcode") as job:
            reading = read_job(job)
    except ReadError as problem:
        reading = unreadable("job.gcode", problem)
    return reading, time.perf_counter() - began


def _assert_as_expected(case: Case) -> None:
    reading, took_s = _read(case.text)
    assert took_s < BUDGET_S
    assert reading.outcome in case.outcomes, reading.reason
    assert not case.flag or case.flag in reading.flags
    if case.line is not None:
        assert reading.problem is not None
        assert reading.problem.line == case.line
    geometry = reading.geometry
    if geometry is not None:
        assert np.isfinite([*geometry.bbox, *geometry.centroid, *geometry.cov]).all()
    if case.same and reading.outcome == OK:
        assert geometry is not None
        np.testing.assert_allclose(geometry.bbox, BASE_GEOMETRY.bbox, atol=0.06)
        np.testing.assert_allclose(geometry.centroid, BASE_GEOMETRY.centroid, atol=0.06)
        assert geometry.extruded_mm == pytest.approx(BASE_GEOMETRY.extruded_mm, rel=0.01)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_catalogue(case: Case) -> None:
    _assert_as_expected(case)


@pytest.mark.parametrize("case", SLOW, ids=lambda case: case.id)
def test_a_megabyte_of_anything_is_answered_in_time(case: Case) -> None:
    _assert_as_expected(case)


def test_every_row_of_the_catalogue_has_cases() -> None:
    assert {case.row for case in CASES} == set(range(13, 43))


def test_a_job_appended_to_itself_is_flagged() -> None:
    assert _read(BASE)[0].flags == set()
    assert _read(BASE + BASE)[0].flags


def test_an_inserted_line_is_where_errors_point() -> None:
    lines: Callable[[str], list[str]] = lambda text: amid(text).split("\n")
    assert lines("@")[LINE_AMID - 1] == "@"

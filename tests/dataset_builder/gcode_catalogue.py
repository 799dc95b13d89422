"""Hostile and odd G-code, row by row of the reliability catalogue: inputs and right answers.

Actions: N the same geometry as the base job, C cannot_analyse, E clear_error; and a flag where one
is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.dataset_builder.gcode_jobs import Step, bracket, write
from tests.dataset_builder.gcode_rewrites import (
    INTERLUDES,
    LABELS,
    ORIGINS,
    RENAMES,
    REWORKINGS,
    SPELLINGS,
    always,
    now_and_then,
)

BASE = write(bracket())

OK, CANNOT, ERROR = "ok", "cannot_analyse", "clear_error"


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


def rows(
    row: int,
    outcomes: str,
    texts: Iterable[str] | Mapping[str, str | bytes],
    flag: str = "",
    **more: Any,
) -> list[Case]:
    """Cases of one row and expectation; bare texts are put amid the base job."""
    letters = {"N": OK, "C": CANNOT, "E": ERROR}
    right = tuple(letters[letter] for letter in outcomes)
    named = texts if isinstance(texts, Mapping) else {text: amid(text) for text in texts}
    return [
        Case(row, name.replace("\n", "|")[:60], text, right, flag, **more)
        for name, text in named.items()
    ]


def _errors(row: int, lines: Iterable[str], flag: str = "") -> list[Case]:
    return rows(row, "E", lines, flag, line=LINE_AMID)


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
    *rows(13, "N", {
        "all relative": write(bracket(), relative=always, relative_e=always),
        "relative E": write(bracket(), relative_e=always),
        "toggled per layer": write(bracket(), relative=now_and_then, relative_e=now_and_then),
    }),
    *rows(14, "N", {
        "inches": write(bracket(), inch=always),
        "toggled": write(bracket(), inch=now_and_then),
        "toggled, relative": write(bracket(), inch=now_and_then, relative=always),
    }),
    *rows(15, "N", {
        f"{name}, {far}": write(bracket(), origin=ORIGINS[far], rename=RENAMES[name])
        for name in ("G92", "G92.1 first", "G92 axis by axis", "G92 in inches") for far in ORIGINS
    }),
    *rows(15, "N", [INTERLUDES["home all"], INTERLUDES["home two"], "G92 E5\nG92 E0"]),
    *rows(16, "N", {
        name: write(bracket(), origin=ORIGINS["another each layer"], rename=RENAMES[name])
        for name in RENAMES if not name.startswith("G92")
    }),
    *rows(16, "N", [
        INTERLUDES["saved and restored"], INTERLUDES["travel in machine coordinates"],
    ]),
    *rows(16, "CE", [
        "RESTORE_GCODE_STATE NAME=never_saved", "G10 L2 P99 X5", "G10 L77 P1 X5",
        "SET_GCODE_OFFSET X=nan", "SET_GCODE_OFFSET X={x}",
    ]),
    *rows(17, "C", [
        "G68 X0 Y0 R45", "G51 X2 Y2", "G16", "M579 X2 Y2", "SET_SKEW XY=100,100,70", "g68 x0 y0 r30"
    ], "rotation"),
    *rows(17, "C", ["M206 X5", "M428", "M206 Z-0.5"], "home_offset"),
    *rows(17, "C", ["M218 T1 X5", "G10 P1 X5", "G10 P0 Z-3"], "tool_offset"),
    *rows(17, "C", ["M92 X160", "M92 X80 Y80 Z400 E93"], "steps_changed"),
    *rows(17, "C", ["M92 E-93", "m92 e-93"]),
    *rows(17, "N", ["M206 X0 Y0 Z0", "M218 T1 X0 Y0", "G10 P1 R140 S205", "M92 E93"]),
]  # fmt: skip

ARCS = [
    *rows(18, "N", {
        "a full circle, inside the job": amid(
            "G90\nM83\nG0 X110 Y92 Z0.6\nG2 I-0.01 E0.0001\nG0 Z0.6"
        ),
    }),
    *rows(18, "N", [
        "G17\nG0 X100 Y100\nG2 X150 Y150 I25 J25", "G0 X100 Y100\nG2 X60 R200 F100\nG3 X50 R-200"
    ]),
    *_errors(19, ["G2 X5 Y5 E1", "G3 X5 E1", "G2 I0 J0 E1", "G2 X5 I0 J0 E1"]),
    *_errors(19, [
        "G2 X500 R1 E1", "G2 X500 Y0 I1 J0 E1", "G2 X5 I100000000 E1", "G3 X1 R100000000 E1",
        "G2 X500 R-1 E1", "G2 X5 Y5 I10001 E1", "G3 X1 R99999999999999999 E1",
    ], "arc_radius"),
    *rows(19, "E", ["G2 R5 E1", "G2 X5 Y5 R0 E1", "G18\nG2 X5 Z5 J3 E1", "G2 E1", "G3 Z5 E1"]),
    *rows(19, "EC", ["G2 I5 P1000000000 E1", "G2 I5 P999999999999999999 E1", "G3 I9 P-7.5 E1"]),
    *rows(20, "N", {"G5": amid("M83\nG0 X105 Y95\nG5 I0 J0 P0 Q0 X105.1 Y95 E0.001")}, "bezier"),
    *rows(20, "C", ["G5 X50 Y50 I5 J5 E3", "G5 X50 Y50 E3", "G5 X9 Y9 I1 J1 P5 E3"]),
    *rows(20, "CE", ["G5.1 X50 Y50 I5 J5 E3"]),
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
      for case in rows(row, "N", {name: SPELLINGS[name](BASE) for name in names.split("|")})),
    *rows(21, "N", {"wrong checksums": SPELLINGS["wrong checksums"](BASE)}, "checksum"),
    *rows(21, "N", ["M110 N0", "N0 M110 N100", "N5", "N99999999999 G4 P1"]),
    *rows(23, "N", ["M117 G1 X900 Y900 E50", "m117 g28", "M118 E1 G92 X5", "; G92 X5", "(G28)",
                     "M117 (", "M117 {x} 1,5 \"", "M117 M98 P1", ";M98 P\"x.g\"", "(SDCARD_LOOP)"]),
    *rows(24, "N", {"only the last newline is missing": BASE.rstrip("\n")}),
    *rows(25, "CE", {"UTF-16 LE": BASE.encode("utf-16"), "UTF-16 BE": BASE.encode("utf-16-be"),
                      "UTF-32": BASE.encode("utf-32")}, same=False),
    *rows(26, "NE", {"NUL after the end": BASE.encode() + b"\0" * 100}),
    *_errors(26, ["G1 X1\x000 E1", "G1 X1\0", "G1 X15\x08 E1", "\x00G1 X1 E1", "G1\x00X1 E1",
                  "G1 X1\x1b[A E1", "G1 X1\x7f E1", "G1 X1\x0bY2", "G1 X1 E1\x1a"]),
    *_errors(27, BAD_WORDS.replace("\n", "|").split("|")),
    *rows(27, "E", {
        "Arabic digits": amid("@").replace("@", "G1 X\u0661 E1").encode(),
        "full-width letters": amid("@").replace("@", "\uff27\uff11 \uff38\uff11 E1").encode(),
        "a minus sign of typography": amid("@").replace("@", "G1 X\u22125 E1").encode(),
        "a no-break space": amid("@").replace("@", "G1\u00a0X5 E1").encode(),
    }, line=LINE_AMID),
    *rows(27, "E", ["G92 X1..2", "G92 X1e4", "G92 X1 X2", "G10 L2 P1 X1..2", "G52 X1,5"]),
    *rows(28, "NE", {
        "400,000 blank lines": "\n" * 400_000 + BASE,
        "20,000 parentheses": amid("(" * 20_000), "20,000 pairs": amid("()" * 20_000),
        "60,000 closing parentheses": amid(")" * 60_000),
        "a long comment": amid(";" + "x" * 900_000),
    }),
    *rows(28, "E", {
        "a line of 2 MiB": amid("G1 " + " " * (2 << 20) + "X1"),
        "a comment of 3 MiB": amid(";" + "x" * (3 << 20)),
        "a number of 100,000 digits": amid("G1 X" + "1" * 100_000),
        "100,000 decimals": amid("G1 X0." + "1" * 100_000),
        "60,000 words": amid("G1" + " X1" * 60_000),
    }),
    *rows(28, "CE", {"60,000 commands": amid("G1 X1 E1 " * 20_000)}),
    *rows(29, "N", {"modal lines": SPELLINGS["modal lines"](BASE)}, "modal_line"),
    *rows(29, "N", ["G90 G0 X5", "G21 G90 G0 X50 F900", "G0 X5 G90"], "multi_command"),
    *rows(29, "CE", [
        "G1 X1 G1 X2", "G0 X1 G92 X0", "G1 X1 G28 Y2", "G1 X5 Y5 G2 I5", "G92 X1 G0 Y1",
    ]),
]  # fmt: skip

EXTRUSION = [
    *rows(30, "N", {
        name: write(REWORKINGS[name](bracket())) for name in ("wipe", "z hop", "no retraction")
    }),
    *rows(30, "N", {"firmware retraction": write(bracket(), firmware_retraction=True),
                     "purge blob": f"G1 E30 F200\nG92 E0\n{BASE}"}),
    *rows(30, "N", ["M600", "T1\nG92 E0\nT0", "G10\nG11", "G10 S1\nG11 S1", "T99", "T-1", "T1000",
                     "M83\nG1 E-60\nG1 E60"]),
    *rows(31, "C", {
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
    *rows(32, "CE", {"all without flow": f"M221 S0\n{BASE}"}, "flow", same=False),
    *rows(32, "N", {"a decoy without flow": f"M221 S0\n{DECOY}M221 S100\nG92 E0\n{BASE}",
                     "half flow": f"M221 S50\n{BASE}"}, "flow"),
    *rows(32, "N", {"volumetric": f"M200 D1.128379167\n{BASE}"}, "volumetric"),
    *rows(32, "C", ["M92 E-93", "M92 T0 E-93"]),
    *rows(33, "N", {
        "all cold": "M302 P1\n" + BASE.replace("M104 S210\n", "").replace("M104 S0\n", ""),
        "heaters off": BASE.replace("M104 S210", "M104 S0\nM302 S0"),
        "cold by Klipper's word":
            "SET_HEATER_TEMPERATURE HEATER=extruder TARGET=0\n" + BASE.replace("M104 S210\n", ""),
    }, "cold_extrusion"),
    *rows(34, "N", {"short moves": write(REWORKINGS["short moves"](bracket())),
                     "moves of no length": SPELLINGS["zero-length moves"](BASE)}),
    *rows(35, "N", {
        name: write(REWORKINGS[name](bracket())) for name in REWORKINGS if "layers" in name
    }),
    *rows(36, "N", {name: label(BASE) for name, label in LABELS.items()}),
    *rows(37, "N", {
        "EXCLUDE_OBJECT": "EXCLUDE_OBJECT NAME=decoy\nEXCLUDE_OBJECT_START NAME=decoy\n"
                          f"{DECOY}EXCLUDE_OBJECT_END NAME=decoy\n{BASE}",
        "M486 P": f"M486 P7\nM486 S7\n{DECOY}M486 S-1\n{BASE}",
        "M486 C": f"M486 S7\nM486 C\n{DECOY}M486 S-1\n{BASE}",
    }, "excluded_object"),
    *rows(37, "CE", {"nothing but excluded": f"M486 S7\nM486 C\n{BASE}"},
           "excluded_object", same=False),
]  # fmt: skip

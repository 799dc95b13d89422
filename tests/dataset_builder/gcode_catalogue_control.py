"""Rows 38 to 42 of the catalogue: control flow, other files, macros, and what is no job at all."""

from __future__ import annotations

import gzip

import numpy as np

from tests.dataset_builder.gcode_catalogue import BASE, rows

CONTROL = [
    *rows(38, "C", [
        "SDCARD_LOOP_BEGIN COUNT=50\nSDCARD_LOOP_END", "SDCARD_LOOP_BEGIN COUNT=0",
        "M808 L50\nM808",
        "m808 l0", "sdcard_loop_begin count=3",
    ], "loop"),
    *rows(38, "C", ["while iterations < 5\n  G1 X1", "while true", "if {x}\n  M98 P1",
                     "set var.x = 5",
                     "SDCARD_LOOP_BEGIN COUNT=9\n" * 5_000]),
    *rows(39, "C", [
        'M98 P"part.g"', "M98 P100", "m98 p100", "N7 M98 P1", "M32 /x.g", "M23 x.gco\nM24", "M24",
        "M28 x.gco\nG1 X1\nM29", "M810 G1 X5|G1 X6", "M810", "M819", "SDCARD_PRINT_FILE FILENAME=a",
        "RUN_SHELL_COMMAND CMD=x", "  M98 P1 ; x",
    ], "external_file"),
    *rows(39, "C", ["PRINT_THE_THING", "_SECRET", "my_macro X=1", "DO G1 X5"], "unknown_macro"),
    *rows(39, "C", [
        "FORCE_MOVE STEPPER=stepper_x DISTANCE=5 VELOCITY=9", "MANUAL_STEPPER STEPPER=a MOVE=5",
        "SET_KINEMATIC_POSITION X=0", "G6 X5 Y5", "set_kinematic_position x=0",
    ], "hidden_motion"),
    *rows(39, "C", ["G777 X5 Y5", "G5.3 X1 Y1 E1", "G2.5 X1"], "unknown_command"),
    *rows(39, "N", ["M9876", "G777"], "unknown_command"),
    *rows(40, "N", [
        "START_PRINT BED=60 EXTRUDER=210", "END_PRINT", "PRINT_START", "start_print bed=60",
        'START_PRINT MATERIAL="PLA; black" BED=60',
    ], "macro"),
    *rows(40, "N", [
        'RESPOND MSG="hello; world G1 X5"', 'M862.3 P "MK3S"', "M1002 gcode_claim_action : 2",
        "M84 E",
        "M115 U3.14.0", "M555 X1 Y2 W30 H40", "G29 P1 X0 Y0 W50 H20 C", "G28 W", "G80",
        "M73 P5 R30",
        "SET_PRESSURE_ADVANCE ADVANCE=0.05 EXTRUDER=extruder1", "M204 P800 R800 T800", "M900 K0.05",
        "M201 X1000 Y1000 Z200 E5000", "M205 X8 Y8 Z0.4 E1.5", "M486 T5", "M569 S0 E", "G29 A",
        "SET_VELOCITY_LIMIT ACCEL=3000", "M221 S95", "M412 S1", "M622.1 S1", "M620 S0A",
        "M104 T1 S210",
        "M106 P2 S0", "M117 Layer 3/20; \xe9", "G4 S0", "M976 S1 P1 ; scan", "M1007 S1",
        "M17 X0.8 Y0.8",
    ]),
    *rows(41, "CE", {
        "empty": "", "blank lines": "\n\n\n", "heat only": "M104 S200\nM109 S200\nM104 S0\n",
        "travel only": "G28\nG0 X50 Y50\nG1 X60 F900\n", "comments only": "; a\n(b)\n;c\n",
        "extrusion at rest only": "G28\nG1 E50\nG1 E100\n",
        "PNG": b"\x89PNG\r\n\x1a\n" + bytes(500),
        "HTML": "<!DOCTYPE html><html><body>404 G1 X1</body></html>",
        "retraction only": "G1 X5 E-5\n",
        "cut gzip": gzip.compress(BASE.encode())[:200],
        "STL": "solid cup\nfacet normal 0 0 1\nendsolid\n",
        "JSON": '{"error": "not found"}', "random bytes": np.random.default_rng(1).bytes(4096),
        "text": "Dear printer,\nplease print a cup.\n", "PDF": "%PDF-1.4\n%\xe2\xe3\n1 0 obj\n",
    }, same=False),
    *rows(42, "NC", {"cut at a line's end": BASE[: BASE.index("\n", len(BASE) // 2) + 1]},
           "heater_left_on", same=False),
    *rows(42, "NCE", {"cut after a letter": BASE[: BASE.index("E", len(BASE) // 2) + 1]},
           same=False),
]  # fmt: skip

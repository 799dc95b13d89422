"""Commands whose effect is real but not written in the job: name -> flag, what it does.

A job that uses one may print something that cannot be known from the file, so its outcome is
`cannot_analyse`. Sources: marlinfw.org/meta/gcode, klipper3d.org/G-Codes.html, docs.duet3d.com.
"""

from __future__ import annotations

BLOCKED_CODES: dict[str, tuple[str, str]] = {
    "G5.1": ("bezier", "draws a curve that no printer agrees on"),
    "G6": ("hidden_motion", "sends motor steps instead of coordinates"),
    "G7": ("hidden_motion", "rasters with a laser"),
    "G16": ("rotation", "switches to polar coordinates"),
    "G26": ("hidden_motion", "prints a test pattern made by the firmware"),
    "G42": ("hidden_motion", "moves to a point of the stored bed mesh"),
    "G51": ("rotation", "scales the coordinates"),
    "G61": ("hidden_motion", "returns to a stored position"),
    "G68": ("rotation", "rotates the coordinates"),
    "G92.3": ("workspace_offset", "restores an offset stored in the printer"),
    "M23": ("external_file", "selects another file"),
    "M24": ("external_file", "starts another file"),
    "M26": ("external_file", "jumps within a file"),
    "M28": ("external_file", "writes a file on the printer"),
    "M32": ("external_file", "prints another file"),
    "M97": ("external_file", "calls a subprogram"),
    "M98": ("external_file", "runs a macro file of the printer"),
    "M360": ("hidden_motion", "moves a SCARA arm"),
    "M428": ("home_offset", "makes the current position the origin"),
    "M562": ("hidden_motion", "changes the printer's set-up"),
    "M563": ("tool_offset", "defines a tool"),
    "M579": ("rotation", "scales the coordinates"),
    "M669": ("hidden_motion", "changes the kinematics"),
    **{f"M{n}": ("external_file", "runs commands stored in the printer") for n in range(810, 820)},
}

BLOCKED_MACROS: dict[str, tuple[str, str]] = {
    "FORCE_MOVE": ("hidden_motion", "moves a motor behind the coordinates' back"),
    "MANUAL_STEPPER": ("hidden_motion", "moves a motor behind the coordinates' back"),
    "SET_KINEMATIC_POSITION": ("hidden_motion", "changes where the printer believes it is"),
    "STEPPER_BUZZ": ("hidden_motion", "moves a motor behind the coordinates' back"),
    "SYNC_EXTRUDER_MOTION": ("extruder_changed", "couples the extruder to another motor"),
    "SYNC_STEPPER_TO_EXTRUDER": ("extruder_changed", "couples the extruder to another motor"),
    "SET_EXTRUDER_ROTATION_DISTANCE": ("extruder_changed", "rescales the extruder"),
    "SET_SKEW": ("rotation", "skews the coordinates"),
    "SKEW_PROFILE": ("rotation", "skews the coordinates"),
    "RUN_SHELL_COMMAND": ("external_file", "runs a program on the printer's host"),
    "SDCARD_PRINT_FILE": ("external_file", "prints another file"),
    "LOAD_GCODE": ("external_file", "prints another file"),
    "TUNING_TOWER": ("hidden_motion", "changes settings with height"),
    "DUAL_CARRIAGE": ("hidden_motion", "moves a second carriage, as a copy perhaps"),
    "SET_DUAL_CARRIAGE": ("hidden_motion", "moves a second carriage, as a copy perhaps"),
    **dict.fromkeys(
        ("IF", "ELIF", "ELSE", "WHILE", "BREAK", "CONTINUE", "VAR", "GLOBAL", "SET"),
        ("conditional", "makes lines depend on the printer's state"),
    ),
    "ABORT": ("conditional", "ends the job early"),
}

"""What the words of a job mean: the one table behind every back end.

Three questions are answered here and nowhere else: which commands cannot move the head while it
prints, which slicer comments name a feature, and which macros are known not to print anything.
Sources: marlinfw.org/meta/gcode, klipper3d.org/G-Codes.html, docs.duet3d.com, help.prusa3d.com,
Bambu Studio's machine profiles, Sailfish's and Skeinforge's dialects, and the slicers' own output.
"""

from __future__ import annotations

from dataset_builder.geometry.toolpath import Feature


def _numbers(text: str) -> frozenset[int]:
    """The numbers and spans of *text*: "3 7-9" has 3, 7, 8 and 9."""
    spans = [part.partition("-") for part in text.split()]
    return frozenset(n for low, _, high in spans for n in range(int(low), int(high or low) + 1))


INERT_G = _numbers(
    "4 8-9 12 15 22-23 27 29-36 38-40 43 49 64 80-89 93-95 130-132 150 161-162 380 392 425 2814"
)
"""At most probes, homes, parks, waits or cleans: nothing is printed on the way, and the next
absolute move does not depend on where it ended. G28 is not here: it sets the position."""

INERT_M = _numbers(
    "0-5 7-11 15-22 25 27 30-31 33-34 36-39 42-43 48-49 70-81 84-88 99-100 102-103 105-108 110-134"
    " 140-146 149-151 154-155 162-166 170 190-193 201-205 207-217 220 226 228 232 240 250-251"
    " 255-256 260-261 280-282 291 293-294 300-301 303-306 309 317-322 330 350-351 355 370-376"
    " 380-381 385 390-392 400-415 420-425 430 450-453 470-472 493 500-524 530-532 540-545 550-561"
    " 564-578 581 586-600 603 605 610-612 620-625 630 650 672 700-719 728 750-756 772 776 780-784"
    " 800-807 850-873 876-877 900-919 928-929 950-999"
)
"""Documented M-codes of Marlin, RepRapFirmware, Klipper, Prusa, Bambu and MakerBot that neither
move the head nor change what later words mean."""

INERT_HIGH = frozenset([1001, 1002, 1003, 1004, 1005, 1006, 1007, 9833])
"""Bambu's, beyond the kernel's tables."""

FEATURES: dict[str, Feature] = {}
"""Whole comments, lower case, that start a feature."""


def _features(feature: Feature, prefix: str, *names: str) -> None:
    for name in names:
        FEATURES[prefix + name] = feature


# PrusaSlicer, SuperSlicer and OrcaSlicer on a non-Bambu printer: ;TYPE:External perimeter
_features(Feature.OUTER_WALL, "type:", "external perimeter", "outer wall", "wall-outer")
_features(Feature.INNER_WALL, "type:", "perimeter", "internal perimeter", "inner wall")
_features(Feature.INNER_WALL, "type:", "wall-inner")
_features(Feature.OVERHANG_WALL, "type:", "overhang perimeter", "overhang wall")
_features(Feature.THIN_WALL, "type:", "thin wall")
_features(Feature.GAP_FILL, "type:", "gap fill", "gap infill", "gap-fill")
_features(Feature.INFILL, "type:", "internal infill", "sparse infill", "fill", "infill")
_features(Feature.SOLID_INFILL, "type:", "solid infill", "internal solid infill", "skin")
_features(Feature.SOLID_INFILL, "type:", "solid-fill", "bottom surface")
_features(Feature.TOP_SURFACE, "type:", "top solid infill", "top surface")
_features(Feature.BRIDGE, "type:", "bridge infill", "internal bridge infill", "bridge")
_features(Feature.BRIDGE, "type:", "internal bridge")
_features(Feature.IRONING, "type:", "ironing")
_features(Feature.CUSTOM, "type:", "custom")
_features(Feature.SKIRT, "type:", "skirt", "skirt/brim", "brim")
_features(Feature.SUPPORT, "type:", "support material", "support material interface", "support")
_features(Feature.SUPPORT, "type:", "support-interface", "support interface", "support transition")
_features(Feature.WIPE_TOWER, "type:", "wipe tower", "prime tower", "prime-tower", "prime-pillar")
_features(Feature.RAFT, "type:", "raft")

# Bambu Studio and OrcaSlicer on Bambu printers: ; FEATURE: Outer wall
_BAMBU = {key.removeprefix("type:"): value for key, value in FEATURES.items()}
FEATURES.update({f"feature: {key}": value for key, value in _BAMBU.items()})

# Simplify3D: ; feature outer perimeter
_features(Feature.OUTER_WALL, "feature ", "outer perimeter", "single extrusion")
_features(Feature.INNER_WALL, "feature ", "inner perimeter")
_features(Feature.INFILL, "feature ", "infill", "internal single extrusion")
_features(Feature.SOLID_INFILL, "feature ", "solid layer")
_features(Feature.BRIDGE, "feature ", "bridge")
_features(Feature.GAP_FILL, "feature ", "gap fill")
_features(Feature.SKIRT, "feature ", "skirt", "brim")
_features(Feature.SUPPORT, "feature ", "support", "dense support")
_features(Feature.RAFT, "feature ", "raft")
_features(Feature.WIPE_TOWER, "feature ", "prime pillar")
_features(Feature.CUSTOM, "feature ", "ooze shield")

# KISSlicer: ; 'Perimeter Path', 1.2 [feed mm/s], ...
_features(Feature.OUTER_WALL, "'", "perimeter path'", "perimeter'")
_features(Feature.INNER_WALL, "'", "loop path'", "loop'")
_features(
    Feature.INFILL, "'", "sparse infill path'", "sparse infill'", "stacked sparse infill path'"
)
_features(Feature.SOLID_INFILL, "'", "solid path'", "solid'", "crown path'", "crown'")
_features(Feature.SUPPORT, "'", "support (may stack) path'", "support interface path'")
_features(Feature.SUPPORT, "'", "support path'", "support'")
_features(Feature.SKIRT, "'", "skirt path'", "skirt'", "brim path'", "brim'")
_features(Feature.RAFT, "'", "raft path'", "raft'")
_features(Feature.WIPE_TOWER, "'", "prime pillar path'", "wipe path'")

HOST_COMMENTS = (
    "printing object",  # PrusaSlicer family: ; printing object cup.stl id:0 copy 0
    "stop printing object",
    "start printing object",  # Bambu: ; start printing object, unique label id: 17
    "mesh",  # Cura: ;MESH:cup.stl
    "layer_count",  # Cura: ;LAYER_COUNT:150
)
LAYER_COMMENTS = ("layer", "layer_change", "change_layer")

HARMLESS_MACROS = frozenset(
    """
    START_PRINT END_PRINT PRINT_START PRINT_END START_GCODE END_GCODE PAUSE RESUME CANCEL_PRINT
    M600 FILAMENT_CHANGE LOAD_FILAMENT UNLOAD_FILAMENT LINE_PURGE VORON_PURGE PRIME_LINE
    PURGE_LINE SMART_PARK PARK PARKING CLEAN_NOZZLE NOZZLE_WIPE WIPE_NOZZLE
    SET_PRESSURE_ADVANCE SET_VELOCITY_LIMIT SET_HEATER_TEMPERATURE TEMPERATURE_WAIT
    TURN_OFF_HEATERS SET_FAN_SPEED SET_LED SET_LED_EFFECT STOP_LED_EFFECTS SET_PIN SET_SERVO
    SET_DISPLAY_TEXT SET_DISPLAY_GROUP RESPOND STATUS GET_POSITION SET_IDLE_TIMEOUT
    SET_RETRACTION GET_RETRACTION SET_INPUT_SHAPER SET_TMC_CURRENT SET_TMC_FIELD
    SET_FILAMENT_SENSOR QUERY_FILAMENT_SENSOR SET_GCODE_VARIABLE SAVE_VARIABLE
    UPDATE_DELAYED_GCODE CLEAR_PAUSE QUERY_ENDSTOPS QUERY_PROBE
    BED_MESH_CALIBRATE BED_MESH_PROFILE BED_MESH_CLEAR BED_MESH_OUTPUT ADAPTIVE_BED_MESH
    QUAD_GANTRY_LEVEL Z_TILT_ADJUST Z_TILT SCREWS_TILT_CALCULATE PROBE PROBE_ACCURACY
    AXIS_TWIST_COMPENSATION_CALIBRATE CALIBRATE_Z
    EXCLUDE_OBJECT_DEFINE SET_PRINT_STATS_INFO TIMELAPSE_TAKE_FRAME TIMELAPSE_RENDER
    HYPERLAPSE _TIMELAPSE_NEW_FRAME SDCARD_RESET_FILE SDCARD_PRINT_STATS
    ENABLE_ALL_SPEEDS PRINT_PAUSE PRINT_RESUME BEEP
    SET_STEPPER_ENABLE FIRMWARE_RESTART RESTART UPDATE_METADATA
    SET_TEMPERATURE_FAN_TARGET SAVE_CONFIG HEATSOAK HEAT_SOAK CG28 ACCURATE_G28
    NOZZLE_CLEAR NOZZLE_CLEAN CLEAR_NOZZLE ATTACH_PROBE DOCK_PROBE ATTACH_PROBE_LOCK
    DOCK_PROBE_UNLOCK ENABLE_ALL_SENSOR DISABLE_ALL_SENSOR BEDFANSSLOW BEDFANSFAST BEDFANSOFF
    STATUS_READY STATUS_BUSY STATUS_HEATING STATUS_HOMING STATUS_LEVELING STATUS_MESHING
    STATUS_CLEANING STATUS_PRINTING STATUS_OFF SET_NOZZLE_LEDS_ON SET_NOZZLE_LEDS_OFF
    TX TC MMU_START_SETUP MMU_START_CHECK MMU_START_LOAD_INITIAL_TOOL MMU_END MMU_UPDATE_HEIGHT
    """.split()
)
"""Macros and Klipper commands that sane printers define without printing a part in them."""

OBJECT_MACROS = frozenset(["EXCLUDE_OBJECT", "EXCLUDE_OBJECT_START", "EXCLUDE_OBJECT_END"])

FNV_OFFSET, FNV_PRIME = 2166136261, 16777619


def comment_hash(text: str) -> int:
    """32-bit FNV-1a of the ASCII bytes of *text*, as kernel/scan.c computes it."""
    value = FNV_OFFSET
    for byte in text.encode("ascii"):
        value = ((value ^ byte) * FNV_PRIME) & 0xFFFFFFFF
    return value

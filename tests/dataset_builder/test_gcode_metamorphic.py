"""Two jobs that print the same must be read the same, however they are written."""

from __future__ import annotations

import itertools
import math
import random
import re
from collections.abc import Callable, Iterable

import numpy as np
import pytest

from dataset_builder.readers.gcode.machine import Dialect
from dataset_builder.readers.gcode.measure import Geometry
from tests.dataset_builder.gcode_jobs import (
    E_PER_MM,
    INCH,
    Origin,
    Step,
    bracket,
    number,
    read_fast,
    words,
    write,
)

BASE = write(bracket())
BASE_GEOMETRY = read_fast(BASE).geometry


def _assert_equal(ours: Geometry, theirs: Geometry, *, mm: float = 0.02, share: float = 1e-3):
    """Far inside the contract's 0.06 mm and 1 %."""
    np.testing.assert_allclose(ours.bbox, theirs.bbox, atol=mm)
    np.testing.assert_allclose(ours.centroid, theirs.centroid, atol=mm)
    np.testing.assert_allclose(ours.cov, theirs.cov, atol=mm + share * max(theirs.cov[:3]))
    assert ours.extruded_mm == pytest.approx(theirs.extruded_mm, rel=share)
    assert ours.filament_mm == pytest.approx(theirs.filament_mm, rel=share)


def _assert_like_base(text: str | bytes, dialect: Dialect = Dialect.MARLIN) -> set[str]:
    reading = read_fast(text, dialect=dialect)
    assert reading.outcome == "ok", reading.problem
    _assert_equal(reading.geometry, BASE_GEOMETRY)
    return reading.flags


def test_the_base_job_is_what_it_is_meant_to_be() -> None:
    assert BASE_GEOMETRY.bbox == pytest.approx((97, 87, 0.2, 123, 113, 1.2), abs=1e-4)
    assert BASE_GEOMETRY.filament_mm == pytest.approx(BASE_GEOMETRY.extruded_mm * E_PER_MM)


# ---- modes


def always(_: int) -> bool:
    return True


def now_and_then(layer: int) -> bool:
    return layer % 2 == 1


def never(_: int) -> bool:
    return False


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize("relative_e", [never, always, now_and_then])
@pytest.mark.parametrize("relative", [never, always, now_and_then])
@pytest.mark.parametrize("inch", [never, always, now_and_then])
def test_units_and_modes_do_not_change_what_is_printed(inch, relative, relative_e, dialect) -> None:
    text = write(bracket(), inch=inch, relative=relative, relative_e=relative_e)
    klipper_e = dialect is Dialect.KLIPPER and relative is not never and relative_e is not relative
    if klipper_e:  # there G91 makes E relative whatever M82 says, so this would be another job
        pytest.skip("not the same job on Klipper")
    _assert_like_base(text, dialect)


# ---- frames


def g92(origin: Origin, here: Step) -> str:
    return "G92 " + words([h + o for h, o in zip(here[:3], origin, strict=True)])


def offset(form: str) -> Callable[[Origin, Step], str]:
    return lambda origin, here: form.format(*(number(-o) for o in origin))


def g10_l20(origin: Origin, here: Step) -> str:
    return "G54\nG10 L20 P1 " + words([h + o for h, o in zip(here[:3], origin, strict=True)])


RENAMES = {
    "G92": g92,
    "G92.1 first": lambda origin, here: "G92.1\n" + g92(origin, here),
    "G92 axis by axis": lambda origin, here: "\n".join(
        f"G92 {word}" for word in g92(origin, here).split()[1:]
    ),
    "G92 in inches": lambda origin, here: (
        "G20\nG92 " + words([h + o for h, o in zip(here[:3], origin, strict=True)], True) + "\nG21"
    ),
    "G10 L2": offset("G10 L2 P1 X{} Y{} Z{}"),
    "G10 L2 of another, then selected": offset("G54\nG10 L2 P5 X{} Y{} Z{}\nG58"),
    "G10 L20": g10_l20,
    "G52": offset("G52 X{} Y{} Z{}"),
    "SET_GCODE_OFFSET": offset("SET_GCODE_OFFSET X={} Y={} Z={}"),
    "SET_GCODE_OFFSET with MOVE": offset("SET_GCODE_OFFSET X={} Y={} Z={} MOVE=1"),
    "SET_GCODE_OFFSET by ADJUST": offset(
        "SET_GCODE_OFFSET X=0 Y=0 Z=0\nset_gcode_offset x_adjust={} Y_ADJUST={} Z_ADJUST={}"
    ),
}
ORIGINS: dict[str, Callable[[int], Origin]] = {
    "near": lambda layer: (5.0, -7.0, 2.0),
    "far": lambda layer: (-3000.0, 4000.0, 500.0),
    "another each layer": lambda layer: (10.0 * layer, -3.0 * layer, layer % 3),
}


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("rename", RENAMES)
def test_a_shifted_origin_does_not_move_the_print(rename: str, origin: str) -> None:
    _assert_like_base(write(bracket(), origin=ORIGINS[origin], rename=RENAMES[rename]))


INTERLUDES = {
    "home all": "G28",
    "home two": "G28 X Y",
    "home z with a value": "G28 Z0",
    "home after an offset": "G92 X77 Y-5\nG28",
    "forget an offset": "G92 X77 Y-5 Z3\nG92.1",
    "forget an offset, other word": "G92 X77 Y-5 Z3\nG92.2",
    "cancelled G52": "G52 X50 Y50\nG52 X0 Y0 Z0",
    "workspace and back": "G10 L2 P2 X50\nG55\nG54",
    "cancelled Klipper offset": "SET_GCODE_OFFSET X=9 Z=1 MOVE=1\nSET_GCODE_OFFSET X=0 Z=0",
    "saved and restored": "SAVE_GCODE_STATE NAME=s\nG91\nG92 X5\nSET_GCODE_OFFSET Z=3\nG1 Z1\n"
    "RESTORE_GCODE_STATE NAME=s MOVE=1 MOVE_SPEED=50",
    "a planned pause": "M600",
    "a tool change and back": "T1\nG92 E0\nT0",
    "travel in machine coordinates": "G53 G0 X5 Y5",
    "inches and back": "G20\nG0 X1 Y1\nG21",
    "a dwell and a probe": "G4 P10\nG29",
    "plane switched and back": "G18\nG17",
}


@pytest.mark.parametrize("interlude", INTERLUDES)
def test_an_interlude_between_layers_changes_nothing(interlude: str) -> None:
    _assert_like_base(write(bracket(), before_layer=lambda layer: INTERLUDES[interlude]))


# ---- spelling


def each_line(change: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: "\n".join(change(line) if line else line for line in text.split("\n"))


def each_number(change: Callable[[str], str]) -> Callable[[str], str]:
    pattern = re.compile(r"(?<=[XYZE])-?\d+(?:\.\d+)?")
    return lambda text: pattern.sub(lambda match: change(match.group()), text)


def checked(line: str, *, off_by: int = 0) -> str:
    total = 0
    for byte in (numbered := f"N7 {line}").encode():
        total ^= byte
    return f"{numbered}*{total ^ off_by}"


def shuffled(line: str) -> str:
    head, *rest = line.split(" ")
    random.Random(line).shuffle(rest)
    return " ".join([head, *rest])


def modal(text: str) -> str:
    lines, last = [], ""
    for line in text.split("\n"):
        code = line.partition(" ")[0]
        lines.append(line.removeprefix(code + " ") if code == last and code in "G0 G1" else line)
        last = code if code in {"G0", "G1"} else last
    return "\n".join(lines)


def mixed_ends(text: str) -> str:
    ends = itertools.cycle(["\n", "\r\n", "\n", "\r", "\r\r\n"])
    return "".join(line + next(ends) for line in text.split("\n"))


SPELLINGS: dict[str, Callable[[str], str | bytes]] = {
    "CR LF": lambda text: text.replace("\n", "\r\n"),
    "CR CR LF": lambda text: text.replace("\n", "\r\r\n"),
    "CR alone": lambda text: text.replace("\n", "\r"),
    "mixed line ends": mixed_ends,
    "no last newline": lambda text: text.rstrip("\n"),
    "blank lines": lambda text: text.replace("\n", "\n\n \n\t\n"),
    "byte order mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "per cent lines": lambda text: f"%\n{text}%\n",
    "lower case": str.lower,
    "mixed case": each_line(lambda line: line[:4].lower() + line[4:]),
    "no spaces": lambda text: text.replace(" ", ""),
    "tabs": lambda text: text.replace(" ", "\t"),
    "many spaces": each_line(lambda line: "   " + line.replace(" ", "   ") + "  "),
    "a space after each letter": lambda text: re.sub(r"([XYZE])", r"\1 ", text),
    "plus signs": each_number(lambda n: n if n[0] == "-" else f"+{n}"),
    "leading zeros": each_number(lambda n: f"-00{n[1:]}" if n[0] == "-" else f"00{n}"),
    "no zero before the point": each_number(lambda n: re.sub(r"^(-?)0\.", r"\1.", n)),
    "bare trailing point": each_number(lambda n: n if "." in n else f"{n}."),
    "twelve decimals": each_number(lambda n: f"{float(n):.12f}"),
    "two-digit codes": lambda text: re.sub(r"\bG([01])\b", r"G0\1", text),
    "codes with a space": lambda text: re.sub(r"\bG([01])\b", r"G \1", text),
    "codes with a point": lambda text: re.sub(r"\bG([01])\b", r"G\1.0", text),
    "words in another order": each_line(shuffled),
    "feed rates": each_line(lambda line: line + " F1800.5" if line[:2] == "G1" else line),
    "comments after": each_line(lambda line: line + " ; G1 X999 E9"),
    "comments glued on": each_line(lambda line: line + ";G1 X999 E9"),
    "comments between": lambda text: text.replace(" ", " (X999 E9) "),
    "comments in front": each_line(lambda line: "(G1 X999)" + line),
    "comments never closed": each_line(lambda line: line + " (G1 X999 E9"),
    "stray closing bracket": each_line(lambda line: line + " )"),
    "whole-line comments": each_line(lambda line: ";G1 X999 E9\n(G1 X9 E99)\n" + line),
    "stars in comments": each_line(lambda line: line + " ; 2*3*4"),
    "Latin-1 in comments": lambda text: text.replace("\n", " ; gr\xf6\xdfe\n").encode("latin-1"),
    "UTF-8 in comments": lambda text: text.replace("\n", " ; größe 大\n").encode(),
    "NUL in comments": lambda text: text.replace("\n", " ; a\0b (\0)\n"),
    "line numbers": each_line(lambda line: f"N12 {line}"),
    "glued line numbers": each_line(lambda line: f"n12{line}"),
    "checksums": each_line(checked),
    "wrong checksums": each_line(lambda line: checked(line, off_by=1)),
    "block delete": each_line(lambda line: "/" + line),
    "display texts": each_line(lambda line: line + "\nM117 G1 X999 E999\nM118 G28 X"),
    "modal lines": modal,
    "modes on the same line": lambda text: re.sub(r"\n(M8[23])\n", r"\n\1 ", text),
    "unit on every move": each_line(lambda line: re.sub(r"^(G[01]) ", r"G21 \1 ", line)),
    "G0 and G1 swapped": lambda text: text.translate({ord("@"): "@"})
    .replace("G0 ", "G@ ").replace("G1 ", "G0 ").replace("G@ ", "G1 "),
    "every move G0": lambda text: text.replace("G1 ", "G0 "),
    "zero-length moves": each_line(lambda line: line + "\nG1 F900\nG91\nG1 X0 Y0\nG90"),
    "unknown but harmless codes": each_line(lambda line: line + "\nM9999 S1"),
}  # fmt: skip


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_spelling_does_not_change_what_is_printed(spelling: str) -> None:
    _assert_like_base(SPELLINGS[spelling](BASE))


@pytest.mark.parametrize(
    ("spelling", "flag"),
    [
        ("wrong checksums", "checksum"),
        ("block delete", "block_delete"),
        ("modal lines", "modal_line"),
        ("unit on every move", "multi_command"),
        ("unknown but harmless codes", "unknown_command"),
    ],
)
def test_an_odd_spelling_raises_its_flag(spelling: str, flag: str) -> None:
    assert flag in _assert_like_base(SPELLINGS[spelling](BASE))


@pytest.mark.parametrize("spelling", ["checksums", "stars in comments", "CR LF", "comments after"])
def test_a_proper_spelling_raises_no_flag(spelling: str) -> None:
    assert _assert_like_base(SPELLINGS[spelling](BASE)) == set()


LABELS = {
    "lying features": each_line(lambda line: line + "\n;TYPE:Skirt/Brim"),
    "lying layers": each_line(lambda line: line + "\n;LAYER:7\n;Z:99\n;LAYER_CHANGE"),
    "lying outlines": lambda text: (
        "EXCLUDE_OBJECT_DEFINE NAME=cup CENTER=1,1 POLYGON=[[0,0],[1,0],[1,1]]\n"
        f"EXCLUDE_OBJECT_START NAME=cup\n{text}EXCLUDE_OBJECT_END NAME=cup\n"
    ),
    "M486": lambda text: f'M486 T1\nM486 S0 A"a cup"\n{text}M486 S-1\n',
    "Cura's meshes": lambda text: f";MESH:NONMESH\n{text}",
    "a thumbnail": lambda text: (
        "; thumbnail begin 16x16 8\n; R0cxIFg5OTkgRTk5\n; thumbnail end\n" + text
    ),
}


@pytest.mark.parametrize("label", LABELS)
def test_labels_do_not_change_what_is_printed(label: str) -> None:
    _assert_like_base(LABELS[label](BASE))


# ---- retraction and order


def _at_rest(before: Step, step: Step) -> bool:
    return before[:3] == step[:3]


def wiped(steps: Iterable[Step]) -> list[Step]:
    """Retract on the way, a millimetre aside, and come back before going on."""
    out: list[Step] = [Step(0, 0, 0)]
    for step in steps:
        if _at_rest(out[-1], step) and step.e < 0:
            out += [step._replace(x=step.x + 1.0), step._replace(e=0.0)]
        else:
            out.append(step)
    return out[1:]


def lifted(steps: Iterable[Step]) -> list[Step]:
    """Z hop on every travel."""
    out: list[Step] = []
    for step in steps:
        if out and step.e == 0 and step.z == out[-1].z:
            out += [out[-1]._replace(z=step.z + 0.4, e=0.0), step._replace(z=step.z + 0.4)]
        out.append(step)
    return out


def without_retraction(steps: Iterable[Step]) -> list[Step]:
    pairs = itertools.pairwise([Step(0, 0, 0), *steps])
    return [step for before, step in pairs if not _at_rest(before, step)]


def split(steps: Iterable[Step]) -> list[Step]:
    """Beads in five pieces each: many short moves for one long."""
    out, here = [], Step(0, 0, 0)
    for step in steps:
        pieces = 5 if step.e > 0 and not _at_rest(here, step) else 1
        for n in range(1, pieces + 1):
            at = [a + (b - a) * n / pieces for a, b in zip(here[:3], step[:3], strict=True)]
            out.append(Step(at[0], at[1], step.z, step.e / pieces))
        here = step
    return out


def by_layer(steps: Iterable[Step]) -> list[list[Step]]:
    return [list(group) for _, group in itertools.groupby(steps, key=lambda step: step.z)]


def shuffled_layers(steps: Iterable[Step]) -> list[Step]:
    layers = by_layer(steps)
    random.Random(1).shuffle(layers)
    return [*itertools.chain(*layers)]


REWORKINGS: dict[str, Callable[[Iterable[Step]], list[Step]]] = {
    "wipe": wiped, "z hop": lifted, "no retraction": without_retraction, "short moves": split,
    "layers upside down": lambda steps: [*itertools.chain(*reversed(by_layer(steps)))],
    "layers in any order": shuffled_layers,
}  # fmt: skip


@pytest.mark.parametrize("reworking", REWORKINGS)
def test_how_the_head_travels_does_not_change_what_is_printed(reworking: str) -> None:
    _assert_like_base(write(REWORKINGS[reworking](bracket())))


def test_firmware_retraction_prints_the_same() -> None:
    _assert_like_base(write(bracket(), firmware_retraction=True))


def test_a_purge_blob_prints_nothing() -> None:
    _assert_like_base(f"G1 E30 F200\nG92 E0\n{BASE}")


def test_objects_in_turn_print_what_objects_layer_by_layer_print() -> None:
    left, right = bracket(), bracket(150.0, 90.0)
    in_turn = write([*left, *right])
    by_turns = zip(by_layer(left), by_layer(right), strict=True)
    together = write([step for pair in by_turns for layer in pair for step in layer])
    _assert_equal(read_fast(in_turn).geometry, read_fast(together).geometry)


# ---- what a change of the shape must do


def _mapped(change: Callable[[Step], Step]) -> Geometry:
    return read_fast(write([change(step) for step in bracket()])).geometry


@pytest.mark.parametrize("shift", [(10, 0, 0), (0, -200, 0), (-90, 40, 5), (5000, 5000, 300)])
def test_a_translated_job_is_translated(shift: tuple[float, float, float]) -> None:
    moved = _mapped(lambda s: Step(s.x + shift[0], s.y + shift[1], s.z + shift[2], s.e))
    expected = np.array(BASE_GEOMETRY.bbox) + (*shift, *shift)
    np.testing.assert_allclose(moved.bbox, expected, atol=2e-3)
    np.testing.assert_allclose(moved.centroid, np.array(BASE_GEOMETRY.centroid) + shift, atol=2e-3)
    np.testing.assert_allclose(moved.cov, BASE_GEOMETRY.cov, atol=2e-3)


@pytest.mark.parametrize("factor", [0.5, 2.0, INCH])
def test_a_scaled_job_is_scaled(factor: float) -> None:
    scaled = _mapped(lambda s: Step(s.x * factor, s.y * factor, s.z * factor, s.e))
    np.testing.assert_allclose(scaled.bbox, np.array(BASE_GEOMETRY.bbox) * factor, rtol=1e-5)
    np.testing.assert_allclose(
        scaled.cov, np.array(BASE_GEOMETRY.cov) * factor**2, rtol=1e-4, atol=1e-3
    )
    assert scaled.extruded_mm == pytest.approx(BASE_GEOMETRY.extruded_mm * factor, rel=1e-4)


def test_a_mirrored_job_is_mirrored() -> None:
    mirrored = _mapped(lambda s: Step(-s.x, s.y, s.z, s.e))
    assert mirrored.bbox[0] == pytest.approx(-BASE_GEOMETRY.bbox[3], abs=1e-3)
    signs = np.array([1, 1, 1, -1, -1, 1])
    np.testing.assert_allclose(mirrored.cov, BASE_GEOMETRY.cov * signs, atol=2e-3)


def test_a_turned_job_is_turned() -> None:
    turned = _mapped(lambda s: Step(-s.y, s.x, s.z, s.e))
    xx, yy, zz, xy, xz, yz = BASE_GEOMETRY.cov
    np.testing.assert_allclose(turned.cov, (yy, xx, zz, -xy, -yz, xz), atol=2e-3)


def test_bezier_curves_are_as_exact_as_arcs() -> None:
    corners = np.array([(0, 0), (-6, -5), (63, 56), (60, 50)], float)
    t = np.linspace(0, 1, 2000)[:, None]
    curve = sum(math.comb(3, k) * t**k * (1 - t) ** (3 - k) * corners[k] for k in range(4))
    lines = [f"G1 X{x:.6f} Y{y:.6f} E0.01" for x, y in curve[1:]]
    drawn = read_fast("\n".join(["M83", *lines])).geometry
    bezier = read_fast("M83\nG5 I-6 J-5 P3 Q6 X60 Y50 E19.99\n").geometry
    _assert_equal(bezier, drawn)

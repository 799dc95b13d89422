"""Ways to write the base job otherwise that print the same: origins, spellings, labels, orders."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Callable, Iterable

from tests.dataset_builder.gcode_jobs import Origin, Step, number, words


def always(_: int) -> bool:
    return True


def now_and_then(layer: int) -> bool:
    return layer % 2 == 1


def never(_: int) -> bool:
    return False


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

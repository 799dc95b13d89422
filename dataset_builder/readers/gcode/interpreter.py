"""Any line of G-code, carried out on a Machine: the home of every rare rule.

The back ends (kernel_c.py, kernel_numpy.py) carry out the plain lines themselves and bring the
others here, one at a time, in order. What is not understood and could move the head is never
dropped: it becomes a warning with its line number and, where it may print, a reason for
`cannot_analyse`.
Sources: marlinfw.org/meta/gcode, klipper3d.org/G-Codes.html, docs.duet3d.com, RS274NGC part 3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from dataset_builder.errors import CannotAnalyse, Malformed, ReadError
from dataset_builder.geometry.toolpath import SegmentState
from dataset_builder.readers.gcode import commands, macros
from dataset_builder.readers.gcode.blocked import BLOCKED_CODES
from dataset_builder.readers.gcode.findings import Findings
from dataset_builder.readers.gcode.frames import Frames
from dataset_builder.readers.gcode.heat import Heat
from dataset_builder.readers.gcode.machine import Machine
from dataset_builder.readers.gcode.motion import Beads
from dataset_builder.readers.gcode.objects import Objects
from dataset_builder.readers.gcode.vocabulary import INERT_HIGH, INERT_M
from dataset_builder.readers.gcode.words import (
    axis_words,
    dissect,
    split_words,
    without_comments,
)

_MACRO = re.compile(rb"[A-Za-z_]{2}[\w.]*")
_CODE = re.compile(rb"([GMT])[ \t]*(\d{1,5}(?:\.\d{1,2})?)(?![\d.])", re.IGNORECASE)
_ZEROS = re.compile(r"^0+(?=\d)|\.0*$")


@dataclass(slots=True)
class Interpreter:
    """Carries lines out on *machine* and notes what it thinks of them in *findings*."""

    machine: Machine
    findings: Findings = field(default_factory=Findings)
    beads: Beads = field(default_factory=Beads)
    frames: Frames = field(default_factory=Frames)
    heat: Heat = field(default_factory=Heat)
    objects: Objects = field(init=False)
    extruder_letter: str = "E"
    other_extruders: dict[str, float] = field(default_factory=dict)
    no_flow: bool = False  # M221 S0

    def __post_init__(self) -> None:
        self.objects = Objects(self.findings)

    def carry_out(self, raw: bytes) -> None:
        """Do what the line *raw* says; problems go to `findings`, reading goes on."""
        try:
            self._line(raw)
        except ReadError as problem:
            problem.line = int(self.machine.line) + 1
            self.findings.reject(problem)
            self.findings.warn(problem.line, problem.what, flag=problem.flag, once=problem.what)
        self._use_extruder("E")
        self._refresh_state()
        self.machine.line += 1

    def warn(self, text: str, *, flag: str = "", once: str = "") -> None:
        """A warning on the line at hand."""
        self.findings.warn(int(self.machine.line) + 1, text, flag=flag, once=once)

    def _refresh_state(self) -> None:
        """What the segments from here on carry in their `state`."""
        if self.heat.changed:
            self.machine.cold_tools = self.heat.cold_tools()
            self.machine.select_tool(self.machine.tool)
            self.heat.changed = False
        state = SegmentState(self.machine.state & SegmentState.COLD)
        if self.objects.excluded:
            state |= SegmentState.EXCLUDED
        if self.no_flow:
            state |= SegmentState.NO_FLOW
        self.machine.state = int(state)
        self.machine.object = self.objects.index

    def _line(self, raw: bytes) -> None:
        line = dissect(raw)
        if line.checksum_ok is False:
            self.machine.bad_checksums += 1
            first = self.machine.first_bad_checksum or self.machine.line + 1
            self.machine.first_bad_checksum = first
        text = line.text
        if text.startswith(b"("):
            text = without_comments(text)
        if line.comment:
            self.objects.comment(line.comment)
        elif text[:1] == b"/":  # block delete, off unless an operator switches it on
            self.warn("a line that an operator may switch off", flag="block_delete", once="/")
            self._command(text[1:].strip())
        elif text and not text.strip(b"\x00"):  # what a card's last sector is padded with
            self.warn("NUL bytes instead of a line", flag="control_bytes", once="NUL")
        elif text and text[:1] != b"%":
            self._command(text)

    def _command(self, text: bytes) -> None:
        code = _CODE.match(text)
        if code is None and _MACRO.match(text):
            macros.run(self, without_comments(text))
            return
        letter = text[:1].upper()
        if code is not None and letter in b"MT":
            name = letter.decode() + _ZEROS.sub("", code[2].decode())
            self._m_or_t(name, text[code.end() :])
            return
        if letter == b"T":
            self.warn(f"tool {text[:16]!r} is chosen at the printer", once="T?")
            return
        self._g_line(split_words(without_comments(text)))

    def _m_or_t(self, name: str, rest: bytes) -> None:
        handler = commands.M_HANDLERS.get(name)
        if handler is not None:
            handler(self, rest)
        elif name in BLOCKED_CODES:
            flag, why = BLOCKED_CODES[name]
            raise CannotAnalyse(f"{name} {why}", flag=flag)
        elif name.startswith("T"):
            commands.select_tool(self, name)
        elif int(float(name[1:])) not in INERT_M | INERT_HIGH:
            self.warn(f"{name} is not known", flag="unknown_command", once=name)

    def _g_line(self, words: list[tuple[str, float | None]]) -> None:
        """One line of G words: modes first, then at most one command that takes the axis words."""
        codes = [_g_name(value) for letter, value in words if letter == "G"]
        others = [word for word in words if word[0] not in "GN"]
        if any(letter in "MT" for letter, _ in others) and codes:
            others = self._trailing_commands(others)
        if len(codes) > 1:
            self.warn("several commands stand on one line", flag="multi_command", once="multi")
        for code in [c for c in codes if c in commands.G_MODES]:
            commands.G_MODES[code](self)
        takers = [c for c in codes if c not in commands.G_MODES and c != "G53"]
        if len(takers) > 1:
            takers = [c for c in takers if c not in commands.G_INERT] or takers[:1]
        if len(takers) > 1:
            both = " and ".join(takers[:2])
            raise CannotAnalyse(f"{both} stand on one line", flag="multi_command")
        if "G53" in codes:
            commands.in_machine_frame(self, takers, others)
        elif takers:
            self.g_command(takers[0], others)
        elif not codes:
            self._modal_line(others)

    def _trailing_commands(
        self, words: list[tuple[str, float | None]]
    ) -> list[tuple[str, float | None]]:
        """An M or T after a G on the same line: CNC habits; most printers read the first only."""
        first = next(i for i, (letter, _) in enumerate(words) if letter in "MT")
        self.warn("several commands stand on one line", flag="multi_command", once="multi")
        letter, value = words[first]
        if value is None or value < 0:
            raise Malformed(f"{letter} has no number", flag="number")
        rest = "".join(f" {a}{'' if v is None else format(v, 'f')}" for a, v in words[first + 1 :])
        self._m_or_t(f"{letter}{value:g}", rest.encode())
        return words[:first]

    def g_command(self, code: str, words: list[tuple[str, float | None]]) -> None:
        """A G command with its words."""
        handler = commands.G_HANDLERS.get(code)
        if handler is not None:
            handler(self, words)
        elif code in BLOCKED_CODES:
            flag, why = BLOCKED_CODES[code]
            raise CannotAnalyse(f"{code} {why}", flag=flag)
        elif code not in commands.G_INERT:
            self.warn(
                f"{code} is not known and may move the head", flag="unknown_command", once=code
            )
            if {letter for letter, _ in words} & set("XYZE"):
                raise CannotAnalyse(
                    f"{code} is not known and has axis words", flag="unknown_command"
                )

    def _modal_line(self, words: list[tuple[str, float | None]]) -> None:
        """Words without a command repeat the last G0-G3, on machines that know modal motion."""
        letters = {letter for letter, _ in words}
        if not letters & set("XYZEAB"):
            if letters - set("FSNO"):
                self.warn("words without a command", flag="unknown_command", once="modal")
            return
        if self.machine.modal_lines == 0:
            self.machine.first_modal_line = self.machine.line + 1
        self.machine.modal_lines += 1
        if self.machine.motion < 0:
            raise CannotAnalyse("axis words come before any G0 to G3", flag="modal_line")
        self.g_command(f"G{self.machine.motion}", words)

    def axis_words(self, words: list[tuple[str, float | None]]) -> dict[str, float]:
        """Strict words of a move, with the extruder axes A and B of MakerBot's dialect as E."""
        values = axis_words(words)
        named = [letter for letter in "AB" if letter in values]
        if named and "E" not in values:
            if len(named) > 1:
                raise CannotAnalyse("two extruders move on one line", flag="axes")
            self._use_extruder(named[0])
            self.warn(f"{named[0]} is read as an extruder axis", flag="extruder_axis", once="AB")
            values["E"] = values.pop(named[0])
        elif "E" in values:
            self._use_extruder("E")
            for letter in named:
                del values[letter]
        return values

    def _use_extruder(self, letter: str) -> None:
        """E, A and B count for themselves."""
        if letter != self.extruder_letter:
            self.other_extruders[self.extruder_letter] = self.machine.extruder
            self.machine.extruder = self.other_extruders.get(letter, 0.0)
            self.extruder_letter = letter


def _g_name(value: float | None) -> str:
    if value is None or not 0 <= value < 1e5:
        raise Malformed("G has no number", flag="number")
    return f"G{value:g}"

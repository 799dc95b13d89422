"""Any line of G-code, carried out on a Machine: the home of every rare rule.

The back ends (kernel_c.py, kernel_numpy.py) carry out the plain lines themselves and bring the
others here, one at a time, in order. What is not understood and could move the head is never
dropped: it becomes a warning with its line number and, where it may print, a reason for
`cannot_analyse`.
Sources: marlinfw.org/meta/gcode, klipper3d.org/G-Codes.html, docs.duet3d.com, RS274NGC part 3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dataset_builder.errors import CannotAnalyse, Malformed, ReadError
from dataset_builder.readers.gcode import commands, macros
from dataset_builder.readers.gcode.blocked import BLOCKED_CODES
from dataset_builder.readers.gcode.printer import Printer
from dataset_builder.readers.gcode.vocabulary import INERT_HIGH, INERT_M
from dataset_builder.readers.gcode.words import (
    dissect,
    split_words,
    without_comments,
)

_MACRO = re.compile(rb"[A-Za-z_]{2}[\w.]*")
_CODE = re.compile(rb"([GMT])[ \t]*(\d{1,5}(?:\.\d{1,2})?)(?![\d.])", re.IGNORECASE)
_ZEROS = re.compile(r"^0+(?=\d)|\.0*$")


@dataclass(slots=True)
class Interpreter:
    """Carries lines out on a printer, and notes in its findings what it thinks of them."""

    printer: Printer

    def carry_out(self, raw: bytes) -> None:
        """Do what the line *raw* says; problems go to `findings`, reading goes on."""
        try:
            self._line(raw)
        except ReadError as problem:
            problem.line = int(self.printer.machine.line) + 1
            self.printer.findings.reject(problem)
            self.printer.findings.warn(
                problem.line, problem.what, flag=problem.flag, once=problem.what
            )
        self.printer.use_extruder("E")
        self.printer.refresh_state()
        self.printer.machine.line += 1

    def _line(self, raw: bytes) -> None:
        line = dissect(raw)
        if line.checksum_ok is False:
            self.printer.machine.bad_checksums += 1
            first = self.printer.machine.first_bad_checksum or self.printer.machine.line + 1
            self.printer.machine.first_bad_checksum = first
        text = line.text
        if text.startswith(b"("):
            text = without_comments(text)
        if line.comment:
            self.printer.objects.comment(line.comment)
        elif text[:1] == b"/":  # block delete, off unless an operator switches it on
            self.printer.warn(
                "a line that an operator may switch off", flag="block_delete", once="/"
            )
            self._command(text[1:].strip())
        elif text and not text.strip(b"\x00"):  # what a card's last sector is padded with
            self.printer.warn("NUL bytes instead of a line", flag="control_bytes", once="NUL")
        elif text and text[:1] != b"%":
            self._command(text)

    def _command(self, text: bytes) -> None:
        code = _CODE.match(text)
        if code is None and _MACRO.match(text):
            macros.run(self.printer, without_comments(text))
            return
        letter = text[:1].upper()
        if code is not None and letter in b"MT":
            name = letter.decode() + _ZEROS.sub("", code[2].decode())
            self._m_or_t(name, text[code.end() :])
            return
        if letter == b"T":
            self.printer.warn("the tool is chosen at the printer", once="T?")
            return
        self._g_line(split_words(without_comments(text)))

    def _m_or_t(self, name: str, rest: bytes) -> None:
        handler = commands.M_HANDLERS.get(name)
        if handler is not None:
            handler(self.printer, rest)
        elif name in BLOCKED_CODES:
            flag, why = BLOCKED_CODES[name]
            raise CannotAnalyse(f"{name} {why}", flag=flag)
        elif name.startswith("T"):
            commands.select_tool(self.printer, name)
        elif int(float(name[1:])) not in INERT_M | INERT_HIGH:
            self.printer.warn(f"{name} is not known", flag="unknown_command", once=name)

    def _g_line(self, words: list[tuple[str, float | None]]) -> None:
        """One line of G words: modes first, then at most one command that takes the axis words."""
        codes = [_g_name(value) for letter, value in words if letter == "G"]
        others = [word for word in words if word[0] not in "GN"]
        if any(letter in "MT" for letter, _ in others) and codes:
            others = self._trailing_commands(others)
        if len(codes) > 1:
            self.printer.warn(
                "several commands stand on one line", flag="multi_command", once="multi"
            )
        for code in [c for c in codes if c in commands.G_MODES]:
            commands.G_MODES[code](self.printer)
        takers = [c for c in codes if c not in commands.G_MODES and c != "G53"]
        if len(takers) > 1:
            takers = [c for c in takers if c not in commands.G_INERT] or takers[:1]
        if len(takers) > 1:
            both = " and ".join(takers[:2])
            raise CannotAnalyse(f"{both} stand on one line", flag="multi_command")
        if "G53" in codes:
            self._in_machine_frame(takers, others)
        elif takers:
            self._g_command(takers[0], others)
        elif not codes:
            self._modal_line(others)

    def _trailing_commands(
        self, words: list[tuple[str, float | None]]
    ) -> list[tuple[str, float | None]]:
        """An M or T after a G on the same line: CNC habits; most printers read the first only."""
        first = next(i for i, (letter, _) in enumerate(words) if letter in "MT")
        self.printer.warn("several commands stand on one line", flag="multi_command", once="multi")
        letter, value = words[first]
        if value is None or value < 0:
            raise Malformed(f"{letter} has no number", flag="number")
        rest = "".join(f" {a}{'' if v is None else format(v, 'f')}" for a, v in words[first + 1 :])
        self._m_or_t(f"{letter}{value:g}", rest.encode())
        return words[:first]

    def _in_machine_frame(self, takers: list[str], words: list[tuple[str, float | None]]) -> None:
        """G53: this line's coordinates are the machine's own."""
        machine = self.printer.machine
        kept = list(machine.offset)
        machine.offset[:] = [0.0, 0.0, 0.0]
        try:
            if takers:
                self._g_command(takers[0], words)
            elif words and machine.motion >= 0:
                self._g_command(f"G{machine.motion}", words)
        finally:
            machine.offset[:] = kept

    def _g_command(self, code: str, words: list[tuple[str, float | None]]) -> None:
        """A G command with its words."""
        handler = commands.G_HANDLERS.get(code)
        if handler is not None:
            handler(self.printer, words)
        elif code in BLOCKED_CODES:
            flag, why = BLOCKED_CODES[code]
            raise CannotAnalyse(f"{code} {why}", flag=flag)
        elif code not in commands.G_INERT:
            self.printer.warn(
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
                self.printer.warn("words without a command", flag="unknown_command", once="modal")
            return
        if self.printer.machine.modal_lines == 0:
            self.printer.machine.first_modal_line = self.printer.machine.line + 1
        self.printer.machine.modal_lines += 1
        if self.printer.machine.motion < 0:
            raise CannotAnalyse("axis words come before any G0 to G3", flag="modal_line")
        self._g_command(f"G{self.printer.machine.motion}", words)


def _g_name(value: float | None) -> str:
    if value is None or not 0 <= value < 1e5:
        raise Malformed("G has no number", flag="number")
    return f"G{value:g}"

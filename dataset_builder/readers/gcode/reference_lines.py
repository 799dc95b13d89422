"""The reference interpreter's lines: what each one is, and in which order its commands act."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection

from dataset_builder.errors import CannotAnalyse, ReadError
from dataset_builder.readers.gcode import reference_rules as rules
from dataset_builder.readers.gcode.machine import Dialect
from dataset_builder.readers.gcode.reference_commands import HANDLERS, MACROS, Given
from dataset_builder.readers.gcode.reference_machine import ReferenceMachine
from dataset_builder.readers.gcode.reference_rules import Refused, doubt, reject
from dataset_builder.readers.gcode.reference_words import MAX_LINE, SourceLine, Word
from dataset_builder.readers.gcode.vocabulary import FEATURES

MAX_TOOL = 31
_PARAMETER = re.compile(r'(\w+)\s*=\s*("[^"]*"|\S*)')


class ReferenceInterpreter:
    """Feed it lines in order with `carry_out`, then call `finish`."""

    def __init__(self, dialect: Dialect) -> None:
        self.machine = ReferenceMachine(dialect)
        self.problems: list[ReadError] = []

    @property
    def flags(self) -> set[str]:
        """What was noticed so far."""
        return self.machine.flags

    def carry_out(self, line: SourceLine) -> None:
        """Do what *line* says; what cannot be done is noted, and the line skipped."""
        self.machine.line = line.number
        self.flags.update(line.flags)
        try:
            if line.length > MAX_LINE:
                reject(f"a line is longer than {MAX_LINE:,} bytes", flag="over_long_line")
            if line.comment is not None:
                self._comment(line.comment)
            elif line.macro:
                self._macro(line)
            elif line.command:
                self._words(line)
        except Refused as refused:
            refused.problem.line = line.number
            self._note(refused.problem)

    def finish(self) -> None:
        """Judge what only the whole file shows."""
        machine = self.machine
        least = 20 if machine.extruding_moves else 0
        if machine.dry_moves > max(least, machine.extruding_moves / 2):
            self._note(CannotAnalyse("pushes, then moves", flag="push_then_move"))
        if machine.m101_seen and not machine.extruding_moves:
            self._note(CannotAnalyse("M101 prints on moves without E", flag="m101_extrusion"))

    def _note(self, problem: ReadError) -> None:
        self.problems.append(problem)
        self.flags.add(problem.flag)

    def _comment(self, text: str) -> None:
        key = text.lower()
        feature = FEATURES.get(key, FEATURES.get(key.partition(",")[0].strip()))
        if feature is not None:
            self.machine.feature = feature

    # Lines of words

    def _words(self, line: SourceLine) -> None:
        letters = "GMT" if line.words[:1] and line.words[0][0] == "T" else "GM"  # else T is a word
        commands = [word for word in line.words if word[0] in letters]
        others = [word for word in line.words if word[0] not in letters]
        if line.problem or None in [value for _, value in commands]:
            commands = commands[:1]  # the rest is a text that happens to hold such letters
        codes = [_code(letter, value) for letter, value in commands]
        if codes and codes[0] in rules.TEXT_COMMANDS:
            codes, others = codes[:1], []
        if "M486" in codes[:1]:  # A starts a name
            codes, others = codes[:1], _before(line.words[1:], "A")
        given = {letter: value or 0.0 for letter, value in others}
        moving = bool(given.keys() & rules.AXES)
        if rules.STRICT.intersection(codes) or not codes:
            _must_be_well_formed(line, others, bare="G92" in codes)
        if not codes and moving:
            self.flags.add("modal_line")
            codes = [self._modal()]
        self._several(codes, given, moving)

    def _several(self, codes: list[str], given: Given, moving: bool) -> None:
        if len(codes) > 1:
            self.flags.add("multi_command")
        in_machine_frame = "G53" in codes
        codes = [code for code in codes if code != "G53"]
        takers = [code for code in codes if _takes_axes(code, moving)]
        if len(takers) > 1:
            doubt("multi_command", "two commands on one line want its axis words")
        if in_machine_frame and moving and not takers:
            codes.append(self._modal())
        frame = self.machine.frame
        for code in sorted(codes, key=takers.__contains__):  # modes first
            if in_machine_frame and code in rules.MOTIONS:
                self.machine.frame = frame.of_machine()
            try:
                self._command(code, given)
            finally:
                self.machine.frame = frame if in_machine_frame else self.machine.frame

    def _modal(self) -> str:
        return self.machine.motion or doubt("modal_line", "axis words come before any motion")

    def _command(self, code: str, given: Given) -> None:
        if code in HANDLERS:
            HANDLERS[code](self.machine, given)
        elif code in rules.MOTIONS:
            if given.keys() & (rules.AXES | {*"IJKR"}):
                self.machine.move(code, given)
            self.machine.motion = self.machine.motion if code == "G5" else code
        elif code[0] == "T":
            tool = float(code[1:] or -1)
            self.machine.tool = int(tool) if tool in range(MAX_TOOL + 1) else self.machine.tool
        elif code in rules.NOT_KNOWABLE:
            doubt(rules.NOT_KNOWABLE[code], f"{code} does what the file does not say")
        elif code in rules.UNLESS_ZERO:
            if any(given.get(axis) for axis in "XYZ") or code == "M563":
                doubt(rules.UNLESS_ZERO[code], f"{code} shifts what follows")
        elif not rules.is_inert(code):
            if code[0] == "G" and given.keys() & rules.AXES:
                doubt("unknown_command", f"{code} is unknown and may move")
            self.flags.add("unknown_command")

    # Lines of a word command

    def _macro(self, line: SourceLine) -> None:
        given = {key.upper(): text.strip('"') for key, text in _PARAMETER.findall(line.command)}
        name = line.macro
        if name in MACROS:
            MACROS[name](self.machine, given)
        elif name in rules.MACROS_NOT_KNOWABLE:
            doubt(rules.MACROS_NOT_KNOWABLE[name], f"{name} does what the file does not say")
        elif name in rules.MACROS_ALLOWED:
            self.flags.add("macro")
        else:
            doubt("unknown_macro", f"{name} is not known")


def _must_be_well_formed(line: SourceLine, others: Collection[Word], *, bare: bool) -> None:
    letters = [letter for letter, _ in others]
    if line.problem:
        reject(line.problem)
    for letter, value in line.words:
        if value is None and not bare:
            reject(f"{letter} has no value")
        if letters.count(letter) > 1:
            reject(f"{letter} is given twice")


def _takes_axes(code: str, moving: bool) -> bool:
    if code[0] != "G" or code in rules.MODES:
        return False
    return code in rules.AXIS_COMMANDS or (moving and not rules.is_inert(code))


def _code(letter: str, value: float | None) -> str:
    return letter if value is None else f"{letter}{value:.15g}"


def _before(words: list[Word], letter: str) -> list[Word]:
    return list(itertools.takewhile(lambda word: word[0] != letter, words))

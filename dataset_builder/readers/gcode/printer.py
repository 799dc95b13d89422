"""The printer that a job's lines act on: the machine, and what stands around it.

Handlers of single commands (commands.py, macros.py) are given a Printer; who calls them, and in
which order, is the interpreter's matter.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dataset_builder.errors import CannotAnalyse
from dataset_builder.geometry.toolpath import SegmentState
from dataset_builder.readers.gcode.findings import Findings
from dataset_builder.readers.gcode.frames import Frames
from dataset_builder.readers.gcode.heat import Heat
from dataset_builder.readers.gcode.machine import Machine
from dataset_builder.readers.gcode.motion import Beads
from dataset_builder.readers.gcode.objects import Objects
from dataset_builder.readers.gcode.words import axis_words


@dataclass(slots=True)
class Printer:
    """The machine shared with the back ends, and the state that only rare lines change."""

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

    def warn(self, text: str, *, flag: str = "", once: str = "") -> None:
        """A warning on the line at hand."""
        self.findings.warn(self.machine.line + 1, text, flag=flag, once=once)

    def refresh_state(self) -> None:
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

    def axis_words(self, words: list[tuple[str, float | None]]) -> dict[str, float]:
        """Strict words of a move, with the extruder axes A and B of MakerBot's dialect as E."""
        values = axis_words(words)
        named = [letter for letter in "AB" if letter in values]
        if named and "E" not in values:
            if len(named) > 1:
                raise CannotAnalyse("two extruders move on one line", flag="axes")
            self.use_extruder(named[0])
            self.warn(f"{named[0]} is read as an extruder axis", flag="extruder_axis", once="AB")
            values["E"] = values.pop(named[0])
        elif "E" in values:
            self.use_extruder("E")
            for letter in named:
                del values[letter]
        return values

    def use_extruder(self, letter: str) -> None:
        """E, A and B count for themselves."""
        if letter != self.extruder_letter:
            self.other_extruders[self.extruder_letter] = self.machine.extruder
            self.machine.extruder = self.other_extruders.get(letter, 0.0)
            self.extruder_letter = letter

"""Coordinate frames beyond G92: homing, workspaces, G-code offsets, saved states.

`offset` of the machine is always the sum of what stands (workspace, G52, SET_GCODE_OFFSET) and what
G92 added; homing keeps the first and drops the second, as Marlin and Klipper do.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dataset_builder.errors import CannotAnalyse, Malformed
from dataset_builder.readers.gcode.machine import Machine
from dataset_builder.readers.gcode.motion import AXES, LIMIT_MM

Axes = list[float]


def _zero() -> Axes:
    return [0.0, 0.0, 0.0]


@dataclass(frozen=True, slots=True)
class Saved:
    """What SAVE_GCODE_STATE keeps."""

    absolute_xyz: bool
    absolute_e_word: bool
    offset: tuple[float, ...]
    offset_e: float
    gcode_offset: tuple[float, ...]
    position: tuple[float, ...]
    extruder: float


@dataclass(slots=True)
class Frames:
    """The standing parts of `Machine.offset`, mm."""

    workspaces: list[Axes] = field(default_factory=lambda: [_zero() for _ in range(9)])
    active: int = 0
    local: Axes = field(default_factory=_zero)  # G52
    gcode_offset: Axes = field(default_factory=_zero)  # SET_GCODE_OFFSET
    saved: dict[str, Saved] = field(default_factory=dict)

    def standing(self, axis: int) -> float:
        """What survives homing on *axis*."""
        return self.workspaces[self.active][axis] + self.local[axis] + self.gcode_offset[axis]

    def home(self, machine: Machine, letters: set[str]) -> None:
        """G28: the named axes (all, when none is) go to 0 and lose their G92."""
        for k, letter in enumerate(AXES):
            if letter in letters or not letters & set(AXES):
                machine.position[k] = 0.0
                machine.offset[k] = self.standing(k)

    def forget_g92(self, machine: Machine) -> None:
        """G92.1: drop what G92 added, without moving."""
        for k in range(3):
            machine.offset[k] = self.standing(k)

    def select(self, machine: Machine, index: int) -> None:
        """G54 (0) to G59.3 (8)."""
        for k in range(3):
            machine.offset[k] += self.workspaces[index][k] - self.workspaces[self.active][k]
        self.active = index

    def set_workspace(self, machine: Machine, words: dict[str, float], relative: bool) -> None:
        """G10 L2 (origin given) or L20 (current position renamed) P n; P0 is the active one."""
        number = int(words.get("P", 0))
        if not 0 <= number <= len(self.workspaces):
            raise Malformed(f"there is no workspace P{number}", flag="workspace_offset")
        index = number - 1 if number else self.active
        for k, letter in enumerate(AXES):
            if letter not in words:
                continue
            value = words[letter] * machine.unit
            if relative:
                others = machine.offset[k] - self.workspaces[self.active][k]
                value = machine.position[k] - value - others
            if index == self.active:
                self._shift(machine, self.workspaces[index], k, value)
            else:
                self.workspaces[index][k] = value

    def set_local(self, machine: Machine, words: dict[str, float]) -> None:
        """G52: a shift on top of every workspace."""
        for k, letter in enumerate(AXES):
            if letter in words:
                self._shift(machine, self.local, k, words[letter] * machine.unit)

    def set_gcode_offset(self, machine: Machine, values: dict[str, str]) -> None:
        """Klipper's SET_GCODE_OFFSET [X=|X_ADJUST=]... [MOVE=1]; always millimetres."""
        for k, letter in enumerate(AXES):
            if letter not in values and letter + "_ADJUST" not in values:
                continue
            new = number(values, letter, self.gcode_offset[k])
            new += number(values, letter + "_ADJUST", 0.0)
            change = new - self.gcode_offset[k]
            self._shift(machine, self.gcode_offset, k, new)
            if number(values, "MOVE", 0.0):
                machine.position[k] += change

    @staticmethod
    def _shift(machine: Machine, part: Axes, axis: int, value: float) -> None:
        machine.offset[axis] += value - part[axis]
        part[axis] = value

    def save(self, machine: Machine, name: str) -> None:
        """SAVE_GCODE_STATE."""
        if len(self.saved) > 1000:
            raise CannotAnalyse("more than 1,000 saved states", flag="limit")
        self.saved[name] = Saved(
            bool(machine.absolute_xyz),
            bool(machine.absolute_e_word),
            tuple(machine.offset),
            machine.offset_e,
            tuple(self.gcode_offset),
            tuple(machine.position),
            machine.extruder,
        )

    def restore(self, machine: Machine, name: str, move: bool) -> None:
        """RESTORE_GCODE_STATE; E keeps its place, MOVE=1 goes back to the saved position."""
        saved = self.saved.get(name)
        if saved is None:
            raise Malformed(f"no state {name!r} was saved", flag="saved_state")
        machine.offset[:] = list(saved.offset)
        self.gcode_offset[:] = saved.gcode_offset
        machine.offset_e = saved.offset_e + machine.extruder - saved.extruder
        machine.absolute_e_word = saved.absolute_e_word
        machine.absolute_xyz = saved.absolute_xyz
        machine.absolute_e = saved.absolute_xyz and saved.absolute_e_word
        if move:
            machine.position[:] = list(saved.position)


def number(values: dict[str, str], key: str, default: float) -> float:
    """A Klipper KEY=value as a float. Raises Malformed when it is none."""
    text = values.get(key)
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        raise Malformed(f"{key}={text} is not a number", flag="number") from None
    if not abs(value) < LIMIT_MM:
        raise Malformed(f"{key}={text} lies beyond any printer", flag="coordinates")
    return value

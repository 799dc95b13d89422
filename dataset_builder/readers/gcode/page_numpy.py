"""A piece of G-code text, understood as far as that goes without knowing the machine."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.geometry.toolpath import Feature
from dataset_builder.readers.gcode.commands_numpy import (
    COMMENT,
    HOST,
    MODAL,
    MODE,
    NOTHING,
    TOOL,
    Column,
    Commands,
    read_commands,
)
from dataset_builder.readers.gcode.comments import ForInterpreter, Layer, meaning
from dataset_builder.readers.gcode.lines_numpy import Lines, split_lines

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Page:
    """modes, tools, features: who sets them, and to what.

    hosts, modal, planes (G17), layers, long, lone_returns, bad_checksums: the lines of each sort,
    ascending.
    """

    lines: Lines
    commands: Commands
    modes: Column
    tools: Column
    features: Column
    hosts: list[int]
    modal: list[int]
    planes: list[int]
    layers: list[int]
    long: list[int]
    lone_returns: list[int]
    bad_checksums: list[int]

    def __len__(self) -> int:
        return len(self.lines)

    def next_host(self, line: int) -> int:
        """The first HOST line from *line* on; the end of the page if there is none."""
        index = bisect_left(self.hosts, line)
        return self.hosts[index] if index < len(self.hosts) else len(self)


def within(lines: list[int], start: int, stop: int) -> list[int]:
    """Those of the ascending *lines* in [start, stop)."""
    return lines[bisect_left(lines, start) : bisect_left(lines, stop)]


def read_page(window: bytes) -> Page:
    """Take *window*, complete lines and at least one byte, apart."""
    lines = split_lines(window)
    commands = read_commands(lines)
    operation, code = commands.operation, commands.code
    features, layers = _read_comments(lines, operation)
    modes, tools = np.flatnonzero(operation == MODE), np.flatnonzero(operation == TOOL)
    return Page(
        lines=lines,
        commands=commands,
        modes=Column(modes, code[modes]),
        tools=Column(tools, code[tools]),
        features=features,
        hosts=np.flatnonzero(operation == HOST).tolist(),
        modal=np.flatnonzero(operation == MODAL).tolist(),
        planes=np.flatnonzero((operation == NOTHING) & (code == 17)).tolist(),
        layers=layers,
        long=lines.long_ones(),
        lone_returns=lines.lone_returns().tolist(),
        bad_checksums=commands.bad_checksums.tolist(),
    )


def _read_comments(lines: Lines, operation: NDArray[np.uint8]) -> tuple[Column, list[int]]:
    """The features and layers that comments begin; those that name objects become HOST."""
    features: list[int] = []
    names: list[Feature] = []
    layers: list[int] = []
    raw, commented = lines.text.raw, np.flatnonzero(operation == COMMENT)
    first, end = lines.at[lines.first[commented]] + 1, lines.end[commented]
    for line, start, stop in zip(commented.tolist(), first.tolist(), end.tolist(), strict=True):
        what = meaning(raw[start:stop].rstrip(b"\r"))
        if what is None:
            continue
        if isinstance(what, Feature):
            features.append(line)
            names.append(what)
        elif what is Layer:
            layers.append(line)
        elif what is ForInterpreter:
            operation[line] = HOST
    begun = Column(np.array(features, np.int64), np.array(names, np.int64))
    return begun, layers

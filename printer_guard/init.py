"""What `printwarden guard init` writes: settings that say what they leave at its default."""

from __future__ import annotations

import json
from collections.abc import Sequence

from printer_guard.discovery import Found
from printer_guard.policy import SAFE

HEAD = """\
# Settings of the printer guard; docs/guard.md tells of each, and
# `printwarden guard config` shows what holds and where it comes from.

[guard]
name = {name}
mode = {mode}            # "observe" judges and writes down, and stops nothing
# state = "/var/lib/printwarden"
# runtime = "/run/printwarden"

# What becomes of a finding: "release", "hold" (ask a person) or "refuse". These hold anyway:
[guard.actions]
"""

JUDGING = """
[guard.judging]
# policy = "default"          # see `printwarden policy list`, or name a file
# references = "/var/lib/printwarden/references"

[guard.halting]
# hold = "pause"              # then cancel, quickstop, emergency, each after step_s
# step_s = 5.0

[guard.control]
# port = 7475                 # for host programs on this machine, with a token
"""

SIMULATED = Found("demo", "simulated", {}, "a printer made of software")


def settings_text(name: str, printers: Sequence[Found], *, observe: bool) -> str:
    """The file, with *printers* or one that is simulated."""
    mode = "observe" if observe else "enforce"
    parts = [HEAD.format(name=_quoted(name), mode=_quoted(mode))]
    parts += [f"# {finding} = {_quoted(action)}\n" for finding, action in SAFE.items()]
    parts.append(JUDGING)
    parts += [_printer(printer) for printer in printers or [SIMULATED]]
    return "".join(parts)


def _printer(printer: Found) -> str:
    lines = [f"\n# {printer.about}", f"[guard.printers.{_quoted(printer.name)}]"]
    lines.append(f"kind = {_quoted(printer.kind)}")
    lines += [f"{key} = {_quoted(value)}" for key, value in printer.options.items()]
    return "\n".join(lines) + "\n"


def _quoted(value: object) -> str:
    """A TOML value: its strings, numbers and truths are written as JSON's are."""
    return json.dumps(str(value) if not isinstance(value, bool | int | float) else value)

"""The guard's words to the macros in printwarden-gate.cfg, and what else it says in G-code."""

from __future__ import annotations

import re

METHOD = "printwarden_asked"  # what SDCARD_PRINT_FILE calls, with number= and file=
ALIVE = "PRINTWARDEN_ALIVE"
ALIVE_EVERY_S = 4.0  # the gate's patience is 10 + 5 s
UNSAID = re.compile(r'[^\x20-\x7e]|[;#*"\\]')  # would end, or break, a parameter
LONGEST = 120


def load(number: int) -> str:
    """Open the file that was asked for, and stop before its first line."""
    return f"PRINTWARDEN_LOAD NUMBER={number}"


def start(number: int) -> str:
    """Let the loaded file go."""
    return f"PRINTWARDEN_START NUMBER={number}"


def refuse(number: int, reason: str) -> str:
    """Drop it, and say why."""
    return f'PRINTWARDEN_REFUSE NUMBER={number} REASON="{plain(reason)}"'


def say(text: str) -> str:
    """On the printer's screen and in the console."""
    return f'M117 {plain(text)}\nRESPOND TYPE=echo MSG="Printwarden: {plain(text)}"'


def tell_host(action: str) -> str:
    """To whoever streams through Klipper's terminal; OctoPrint obeys `cancel` and `pause`."""
    return f'RESPOND TYPE=command MSG="action:{action}"'


def plain(text: str) -> str:
    """*text* without what Klipper's parser would take for something else."""
    return UNSAID.sub(" ", text)[:LONGEST]

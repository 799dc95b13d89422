"""Who is owed which ok: the lines of the host and our own that a printer has not answered yet.

A printer answers each line by one ok, in order; after `Resend: 7` it has forgotten the lines from
7 on, and one ok follows that belongs to none of them. Oks get lost and come twice: then the books
are wrong by one for a while, which costs nothing but a little delay, and `ok N7` puts them right.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from printer_guard.printers.marlin.lines import Line
from printer_guard.printers.marlin.replies import Says

_NUMBER = re.compile(rb"ok N(-?\d+)")


@dataclass(slots=True, eq=False)
class Errand:
    """A command of ours. *done* is called once, with the lines that came for it.

    expects: an answer that ends it before its ok, for books that are wrong.
    """

    command: bytes
    done: Callable[[list[bytes]], None]
    expects: frozenset[Says] = frozenset()
    since: float = 0.0
    replies: list[bytes] = field(default_factory=list)
    finished: bool = False

    def finish(self) -> None:
        """Report, the first time."""
        if not self.finished:
            self.finished = True
            self.done(self.replies)


@dataclass(slots=True, eq=False)
class Owed:
    """A line of the host that was sent on, with its code. answered: by us, before its time."""

    line: Line
    code: bytes
    answered: bool = False


class Ledger:
    """What was sent and not answered, oldest first."""

    def __init__(self) -> None:
        self._owed: deque[Owed | Errand] = deque()
        self._after_resend: deque[bool] = deque()  # oks of no line: is each one the host's?
        self.errands = 0  # of ours among them

    def __len__(self) -> int:
        return len(self._owed) + len(self._after_resend)

    @property
    def first_errand(self) -> Errand | None:
        """Our command that is answered next."""
        if not self.errands:
            return None
        return next(entry for entry in self._owed if isinstance(entry, Errand))

    def sent(self, entry: Owed | Errand) -> None:
        """*entry* went to the printer and wants an ok."""
        self._owed.append(entry)
        self.errands += isinstance(entry, Errand)

    def ok(self, reply: bytes) -> tuple[list[Owed | Errand], bool]:
        """What this ok answers, oldest first, and whether the host must see it.

        It answers nothing where it follows a request to resend, or comes out of nowhere.
        """
        named = _NUMBER.match(reply)
        if named is not None and self._has(int(named[1])):
            number = int(named[1])
            answered = self._up_to(lambda entry: _line_number(entry) == number)
        elif b"T:" in reply and self._only_we_asked_for_heat():
            answered = self._up_to(lambda entry: entry is self.first_errand)
        elif self._after_resend:
            return [], self._after_resend.popleft()
        else:
            answered = [self._pop()] if self._owed else []
        owed = [entry for entry in answered if isinstance(entry, Owed)]
        return answered, not answered or any(not entry.answered for entry in owed)

    def resend(self, number: int, *, ok_follows: bool) -> bool:
        """The printer has not taken the lines from *number* on: does that concern the host?

        Where no line of the host is under way, it is our command that was not taken.
        """
        if self.errands == len(self._owed) > 0:
            rejected = self._pop()
            if isinstance(rejected, Errand):
                rejected.finish()
            self._after_resend.extend([False] * ok_follows)
            return False
        self._owed = deque(
            entry
            for entry in self._owed
            if isinstance(entry, Errand)
            or entry.line.number is None
            or (entry.line.number < number and not entry.line.sets_number)
        )
        self._after_resend.extend([True] * ok_follows)
        return True

    def answer(self) -> int:
        """Answer the lines of the host in the printer's place; how many there were."""
        owed = [entry for entry in self._owed if isinstance(entry, Owed) and not entry.answered]
        for entry in owed:
            entry.answered = True
        return len(owed)

    def give_up(self, errand: Errand) -> None:
        """The ok of *errand* was lost; should it come after all, the host gets one too many."""
        if errand in self._owed:
            self._owed.remove(errand)
            self.errands -= 1

    def clear(self) -> list[Owed | Errand]:
        """The printer has forgotten everything: what it owed."""
        forgotten = list(self._owed)
        self._owed.clear()
        self._after_resend.clear()
        self.errands = 0
        return forgotten

    def _has(self, number: int) -> bool:
        return any(_line_number(entry) == number for entry in self._owed)

    def _only_we_asked_for_heat(self) -> bool:
        """Does `ok T:...` answer our command, whatever else seems to come before it?"""
        errand = self.first_errand
        by_host = any(isinstance(entry, Owed) and entry.code == b"M105" for entry in self._owed)
        return errand is not None and errand.command == b"M105" and not by_host

    def _up_to(self, is_last: Callable[[Owed | Errand], bool]) -> list[Owed | Errand]:
        """Everything up to that entry: the oks of those before it were lost."""
        count = next(at for at, entry in enumerate(self._owed, start=1) if is_last(entry))
        return [self._pop() for _ in range(count)]

    def _pop(self) -> Owed | Errand:
        entry = self._owed.popleft()
        self.errands -= isinstance(entry, Errand)
        return entry


def _line_number(entry: Owed | Errand) -> int | None:
    return entry.line.number if isinstance(entry, Owed) else None

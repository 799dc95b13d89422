"""The printer's SD card: files by name, one being written or one being printed."""

from __future__ import annotations

from dataclasses import dataclass, field

from printer_guard.printers.marlin.words import card_name


@dataclass(slots=True)
class Card:
    """position: the byte of the selected file that is read next. writing: the file M28 opened."""

    files: dict[str, bytes] = field(default_factory=dict)
    selected: str | None = None
    position: int = 0
    printing: bool = False
    writing: str | None = None
    _written: bytearray = field(default_factory=bytearray)

    @property
    def size(self) -> int:
        """Bytes of the selected file."""
        return len(self.files[self.selected]) if self.selected else 0

    def begin_writing(self, name: str) -> None:
        """What comes from now on goes into a file."""
        self.writing = card_name(name)
        self._written.clear()

    def write(self, command: bytes) -> None:
        """Add a line."""
        self._written += command + b"\r\n"

    def end_writing(self) -> None:
        """Keep what was written."""
        if self.writing is not None:
            self.files[self.writing] = bytes(self._written)
            self.writing = None

    def select(self, name: str) -> bool:
        """Open a file to print it from its start; False when there is none."""
        if card_name(name) not in self.files:
            return False
        self.selected, self.position, self.printing = card_name(name), 0, False
        return True

    def next_line(self) -> bytes | None:
        """The next line to carry out, without its end; None at the end of the file."""
        data = self.files[self.selected] if self.selected else b""
        if self.position >= len(data):
            return None
        end = data.find(b"\n", self.position)
        end = len(data) if end < 0 else end + 1
        line, self.position = data[self.position : end], end
        return line.rstrip(b"\r\n")

    def let_go(self) -> None:
        """Close the selected file."""
        self.selected, self.position, self.printing = None, 0, False

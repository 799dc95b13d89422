"""Serial ports in an event loop: what arrives is handed on, what is written never blocks.

`Tty` opens a real port, `Pty` makes one and offers it under a link. Standard library only.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
import select
import struct
import termios
import tty
from collections.abc import Callable
from pathlib import Path

_CHUNK = 65536  # bytes a read
_BACKLOG = 1 << 20  # bytes that wait for a port that takes none; beyond that it counts as lost
# struct termios2 and its calls, from Linux's asm-generic/termbits.h and ioctls.h
_TERMIOS2 = struct.Struct("4I20B2I")
_TCGETS2, _TCSETS2 = 0x802C542A, 0x402C542B
_CBAUD, _BOTHER = 0o010017, 0o010000
_LOOK_S = 0.05  # how often a port that nobody has open is looked at

Taker = Callable[[bytes], None]


class Port:
    """One end of a serial line."""

    def __init__(self, fd: int) -> None:
        os.set_blocking(fd, False)
        self._fd = fd
        self._waiting = bytearray()
        self._taker: Taker | None = None
        self._lost: Callable[[str], None] | None = None

    @property
    def is_open(self) -> bool:
        """Can it still be written to?"""
        return self._fd >= 0

    def start(self, taker: Taker, lost: Callable[[str], None]) -> None:
        """Hand what arrives to *taker*; call *lost* once when the port is gone. Needs a loop."""
        self._taker, self._lost = taker, lost
        asyncio.get_running_loop().add_reader(self._fd, self._read)

    def write(self, data: bytes) -> None:
        """Send *data*, now or when there is room; to a closed port nothing is sent."""
        if self._fd < 0 or not data:
            return
        if self._waiting:
            self._waiting += data
            if len(self._waiting) > _BACKLOG:
                self._gone("takes no bytes any more")
            return
        try:
            sent = os.write(self._fd, data)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self._failed(error)
            return
        if sent < len(data):
            self._waiting += data[sent:]
            asyncio.get_running_loop().add_writer(self._fd, self._write_on)

    def close(self) -> None:
        """Let go of the port; what still waits is not sent."""
        if self._fd < 0:
            return
        with contextlib.suppress(RuntimeError):  # no loop runs any more: nothing is registered
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._fd)
            loop.remove_writer(self._fd)
        self._waiting.clear()
        os.close(self._fd)
        self._fd = -1

    def _read(self) -> None:
        try:
            data = os.read(self._fd, _CHUNK)
        except BlockingIOError:
            return
        except OSError as error:
            self._failed(error)
            return
        if not data:
            self._gone("closed by the other end")
        elif self._taker is not None:
            self._taker(data)

    def _write_on(self) -> None:
        try:
            sent = os.write(self._fd, self._waiting)
        except BlockingIOError:
            return
        except OSError as error:
            self._failed(error)
            return
        del self._waiting[:sent]
        if not self._waiting:
            asyncio.get_running_loop().remove_writer(self._fd)

    def _failed(self, error: OSError) -> None:
        self._gone(error.strerror or str(error))

    def _gone(self, reason: str) -> None:
        self.close()
        if self._lost is not None:
            self._lost(reason)


class Tty(Port):
    """A port that exists: a printer's device, or a pty of a simulator."""

    def __init__(self, path: Path, baud: int) -> None:
        """Raises OSError when it cannot be opened or is no terminal."""
        fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            tty.setraw(fd)
            _set_speed(fd, baud)
        except (OSError, termios.error) as error:
            os.close(fd)
            raise OSError(errno.ENOTTY, f"{path} is no serial port at {baud} baud") from error
        super().__init__(fd)

    def claim(self) -> None:
        """Let nobody else open the port as long as it is ours; root may all the same."""
        with contextlib.suppress(OSError):
            fcntl.ioctl(self._fd, termios.TIOCEXCL)

    def reset(self) -> None:
        """Let DTR fall and rise, which resets boards that are wired so; ptys have no such line."""
        line = struct.pack("I", termios.TIOCM_DTR)
        with contextlib.suppress(OSError):
            fcntl.ioctl(self._fd, termios.TIOCMBIC, line)
            fcntl.ioctl(self._fd, termios.TIOCMBIS, line)


class Pty(Port):
    """A port that is made: *link* leads to it as long as it is open.

    Whoever has it open may leave and come back: *arrived* and *left* are called then. Bytes that
    are written while nobody has it open are dropped, as a real cable would.
    """

    def __init__(self, link: Path, like: Path | None = None) -> None:
        """like: a port whose group may use this one too."""
        master, other = os.openpty()
        tty.setraw(other)
        if like is not None:
            with contextlib.suppress(OSError):
                os.fchown(other, -1, like.stat().st_gid)
                os.fchmod(other, 0o660)
        self.path = Path(os.ttyname(other))
        os.close(other)  # so that the kernel tells when somebody opens and closes it
        super().__init__(master)
        self.link = link
        self.arrived: Callable[[], None] | None = None
        self.left: Callable[[], None] | None = None
        self._attended = False
        self._look: asyncio.TimerHandle | None = None
        point(link, self.path)

    @property
    def baud(self) -> int:
        """The speed that whoever opened it has set, as termios counts it."""
        speed: int = termios.tcgetattr(self._fd)[5]
        return speed

    def start(self, taker: Taker, lost: Callable[[str], None]) -> None:
        """See Port; reading begins when somebody opens the other end."""
        self._taker, self._lost = taker, lost
        self._watch()

    def write(self, data: bytes) -> None:
        """See Port."""
        if self._attended:
            super().write(data)

    def close(self) -> None:
        """See Port; the link goes as well, unless it leads elsewhere by now."""
        if self._look is not None:
            self._look.cancel()
        with contextlib.suppress(OSError):
            if self.link.readlink() == self.path:
                self.link.unlink()
        super().close()

    def _watch(self) -> None:
        """Nobody has it open: look again and again, for the kernel gives no signal."""
        loop = asyncio.get_running_loop()
        poll = select.poll()
        poll.register(self._fd, select.POLLIN)
        if any(event == select.POLLHUP for _, event in poll.poll(0)):  # and nothing left to read
            self._look = loop.call_later(_LOOK_S, self._watch)
            return
        self._attended = True
        if self.arrived is not None:
            self.arrived()
        loop.add_reader(self._fd, self._read)

    def _failed(self, error: OSError) -> None:
        if error.errno != errno.EIO:
            super()._failed(error)
            return
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._fd)
        loop.remove_writer(self._fd)
        self._waiting.clear()
        self._attended = False
        if self.left is not None:
            self.left()
        if self._fd >= 0:
            self._watch()


def point(link: Path, target: Path) -> None:
    """Make *link* lead to *target*, in one step even where it led elsewhere."""
    link.parent.mkdir(parents=True, exist_ok=True)
    fresh = link.with_name(f".{link.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)


def _set_speed(fd: int, baud: int) -> None:
    """Set *baud* both ways, any number: printers like 250000, which termios has no name for."""
    attributes = termios.tcgetattr(fd)
    attributes[2] &= ~termios.HUPCL  # letting go of the port must not reset the board
    termios.tcsetattr(fd, termios.TCSANOW, attributes)
    raw = bytearray(_TERMIOS2.size)
    fcntl.ioctl(fd, _TCGETS2, raw)
    flags = list(_TERMIOS2.unpack(raw))
    flags[2] = flags[2] & ~_CBAUD | _BOTHER
    flags[-2:] = [baud, baud]
    fcntl.ioctl(fd, _TCSETS2, _TERMIOS2.pack(*flags))

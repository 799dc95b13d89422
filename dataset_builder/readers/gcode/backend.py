"""What a scanning back end must do, and which one this host has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from dataset_builder.kernel.library import library
from dataset_builder.readers.gcode.machine import Machine

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Backend(Protocol):
    """Carries out plain lines at speed and hands the others back.

    Call `load` with bytes, then `advance` until it returns None and `full` is false; each bytes
    object it returns on the way is a line for the interpreter, which must be done before the next
    call. Segments pile up inside until `take`.
    """

    name: str
    full: bool  # `take` before the next `advance`

    @property
    def consumed(self) -> int:
        """Bytes of the loaded window that are dealt with."""

    def load(self, window: bytes, *, final: bool) -> None:
        """Begin with *window*; only its complete lines count unless it is the *final* one."""

    def advance(self, machine: Machine) -> bytes | None:
        """Carry out lines until one needs the interpreter (returned) or none is left (None)."""

    def append(self, segments: NDArray[np.void]) -> None:
        """Put the interpreter's own segments in their place."""

    def take(self) -> NDArray[np.void]:
        """(N,) SEGMENT since the last call; valid until the next `advance`."""


def fastest() -> Backend:
    """The C back end where the kernel was built, else the NumPy one."""
    if library() is not None:
        from dataset_builder.readers.gcode.kernel_c import CBackend

        return CBackend()
    from dataset_builder.readers.gcode.kernel_numpy import NumpyBackend

    return NumpyBackend()

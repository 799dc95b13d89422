"""The settings of a printer behind the serial proxy: [guard.printers.NAME] with kind = "serial"."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from printer_guard.errors import SettingsError
from printer_guard.printers.serial_proxy.parking import ParkOptions

LINKS = Path("/run/printwarden")


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialOptions:
    """port: where the printer is. link: where host programs find it instead. baud: of the port;
    hosts may set what they like on theirs. reset_on_open: reset the board when a host connects,
    as a cable without a guard does to some boards. strict: what is sent by hand is a job too, if it
    moves or heats. patience_s: for a stop to be proved; a pause waits for up to 16 planned moves.
    """

    port: Path
    link: Path
    baud: int = 115200
    reset_on_open: bool = False
    strict: bool = False
    patience_s: float = 6.5
    park: ParkOptions = field(default_factory=ParkOptions)


def read_options(name: str, options: Mapping[str, Any]) -> SerialOptions:
    """The options of printer *name*. Raises SettingsError naming the key."""
    where = f"[guard.printers.{name}]"
    left = dict(options)
    port = _path(where, "port", left.pop("port", None))
    link = _path(where, "link", left.pop("link", LINKS / f"tty-{name}"))
    parking = {key: _park(where, key, left.pop(key)) for key in _PARKING if key in left}
    plain = {key: _PLAIN[key](where, key, left.pop(key)) for key in _PLAIN if key in left}
    if left:
        known = ", ".join(["port", "link", *_PLAIN, *_PARKING])
        raise SettingsError(where, f"no key {min(left)!r}", f"There are: {known}")
    return SerialOptions(port=port, link=link, park=ParkOptions(**parking), **plain)


def _path(where: str, key: str, value: object) -> Path:
    if not isinstance(value, str | Path) or not Path(value).is_absolute():
        advice = 'Give an absolute path, such as "/dev/ttyUSB0"'
        raise SettingsError(f"{where} {key}", f"{value!r} is no path of a port", advice)
    return Path(value)


def _baud(where: str, key: str, value: object) -> int:
    if not isinstance(value, int) or not 1200 <= value <= 4_000_000:
        raise SettingsError(f"{where} {key}", f"{value!r} is no speed", "Most printers: 115200")
    return value


def _switch(where: str, key: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise SettingsError(f"{where} {key}", f"{value!r} is neither true nor false")
    return value


def _seconds(where: str, key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.5 <= value <= 60:
        raise SettingsError(f"{where} {key}", f"{value!r} is not within 0.5 and 60 seconds")
    return float(value)


def _park(where: str, key: str, value: Any) -> Any:
    """A number, or two for park_at; bounds are those of machines that people have at home."""
    values = value if key == "park_at" else [value]
    good = isinstance(values, list | tuple) and all(
        isinstance(v, int | float) and not isinstance(v, bool) and -1000 <= v <= 30_000
        for v in values
    )
    if not good or len(values) != (2 if key == "park_at" else 1):
        raise SettingsError(f"{where} {key}", f"{value!r} is no number of millimetres or degrees")
    return tuple(map(float, values)) if key == "park_at" else float(value)


_PLAIN: Mapping[str, Callable[[str, str, Any], Any]] = {
    "baud": _baud, "reset_on_open": _switch, "strict": _switch, "patience_s": _seconds,
}  # fmt: skip
_PARKING = [entry.name for entry in fields(ParkOptions)]

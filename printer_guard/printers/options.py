"""A printer's table in the settings, read key by key."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from printer_guard.errors import SettingsError


class Options:
    """The options of the printer *name*. Each reader raises SettingsError naming the key."""

    def __init__(self, name: str, options: Mapping[str, Any]) -> None:
        self._where = f"[guard.printers.{name}]"
        self._left = dict(options)

    def url(self, key: str, default: str) -> str:
        """An http(s) address without a trailing slash."""
        value = self._left.pop(key, default)
        parts = urlsplit(value) if isinstance(value, str) else None
        if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
            raise self._wrong(key, value, "Say http://HOST:PORT")
        return str(value).rstrip("/")

    def path(self, key: str) -> Path:
        """A file that need not exist yet; the key must be there."""
        value = self._left.pop(key, None)
        if not isinstance(value, str) or not value:
            raise self._wrong(key, value, "Name a file that only the guard can read")
        return Path(value).expanduser()

    def optional_path(self, key: str) -> Path | None:
        """As `path`; None where the key is not there."""
        return self.path(key) if key in self._left else None

    def word(self, key: str, default: str) -> str:
        """Some text."""
        value = self._left.pop(key, default)
        if not isinstance(value, str) or not value:
            raise self._wrong(key, value, "Give some text")
        return value

    def seconds(self, key: str, default: float, least: float, most: float) -> float:
        """A number within bounds."""
        value = self._left.pop(key, default)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not least <= value <= most:
            raise self._wrong(key, value, f"Give {least:g} to {most:g}, or leave it out")
        return float(value)

    def no_others(self) -> None:
        """Refuse keys that nobody asked for."""
        if self._left:
            key, value = next(iter(self._left.items()))
            raise self._wrong(key, value, "There is no such key")

    def _wrong(self, key: str, value: object, advice: str) -> SettingsError:
        return SettingsError(self._where, f"{key} = {value!r}", advice)

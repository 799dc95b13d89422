"""guard.toml and the environment -> Settings; messages name the file, the table and the key.

The environment stands over the file: PRINTWARDEN_GUARD__JUDGING__SECONDS=60 is `seconds` of
`[guard.judging]`.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

from printer_guard.errors import SettingsError
from printer_guard.settings import PREFIX, Settings

DEFAULT_FILE = Path("/etc/printwarden/guard.toml")
ADVICE = "`printwarden guard init` writes a file that works"
ENVIRONMENT = "environment"


class Value(NamedTuple):
    """One setting as it holds. origin: the file, the environment or "default"."""

    key: str
    value: Any
    origin: str
    about: str


def read_settings(path: Path) -> Settings:
    """The settings in the table [guard] of *path*. Raises SettingsError."""
    return parse_settings(_table(path), str(path))


def parse_settings(table: Mapping[str, Any], where: str) -> Settings:
    """The settings in *table* and the environment. Raises SettingsError naming *where* and key."""
    try:
        return Settings(**_under_environment(table))
    except ValidationError as error:
        raise _explained(error, where) from None


def explain_settings(path: Path) -> Iterator[Value]:
    """Every setting, its value and where it comes from. Raises SettingsError."""
    table = _table(path)
    settings = parse_settings(table, str(path))
    yield from _values(settings, table, str(path), ())


def _table(path: Path) -> Mapping[str, Any]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(path, f"cannot be read ({error})", ADVICE) from error
    table = document.get("guard")
    if not isinstance(table, dict):
        raise SettingsError(path, "has no table [guard]", ADVICE)
    return table


def _under_environment(table: Mapping[str, Any]) -> dict[str, Any]:
    """*table* without the keys that the environment sets: what is given to pydantic wins."""
    kept: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            kept[key] = {k: v for k, v in value.items() if not _in_environment(key, k)}
        elif not _in_environment(key):
            kept[key] = value
    return kept


def _in_environment(*keys: str) -> bool:
    wanted = (PREFIX + "__".join(keys)).upper()
    return any(name.upper() == wanted for name in os.environ)


def _explained(error: ValidationError, where: str) -> SettingsError:
    """The first thing that is wrong, with the table and key it stands under."""
    first = error.errors(include_url=False)[0]
    words = [str(word) for word in first["loc"] if word != "[key]"]
    table = ".".join(["guard", *words[:-1]])
    key = words[-1] if words else ""
    if first["type"] == "extra_forbidden":
        what = f"no setting {key!r}"
    elif first["type"] == "missing":
        what = f"{key} is missing"
    else:
        what = f"{key} = {first['input']!r}: {first['msg'][:1].lower()}{first['msg'][1:]}"
    return SettingsError(f"{where}, [{table}]", what, "See docs/guard.md")


def _values(
    model: BaseModel, table: Mapping[str, Any], file: str, above: tuple[str, ...]
) -> Iterator[Value]:
    for key, field in type(model).model_fields.items():
        value = getattr(model, key)
        path = (*above, key)
        below = table.get(key, {})
        if isinstance(value, BaseModel):
            yield from _values(value, below, file, path)
            continue
        origin = file if key in table else "default"
        if _in_environment(*path):
            origin = ENVIRONMENT
        yield Value(".".join(path), value, origin, field.description or "")

"""A policy from a TOML file or a preset's name; presets are such files, shipped in `policies/`.

[policy]
preset = "new-york"       # start from this one
review_at = 0.3           # from here on a person looks
flag_at = "90%"           # of the network's own threshold
unfamiliar = "review"

[policy.labels."blade-shaped"]
action = "review-only"
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from classifier.runtime.errors import PolicyError
from classifier.runtime.policy import Action, Layer, Level, Policy, Settings, Unfamiliar

PRESETS = Path(__file__).resolve().parents[1] / "policies"
ADVICE = "Write a table [policy]; `printwarden policy show default` shows what it can say"
PERCENT = re.compile(r"(\d{1,3}(?:\.\d+)?) ?%", re.ASCII)

Word = TypeVar("Word", bound=StrEnum)


def preset_names() -> list[str]:
    """Of the policies that ship, in order of name."""
    return sorted(path.stem for path in PRESETS.glob("*.toml"))


def read_policy(source: str | Path) -> Policy:
    """The policy of a preset's name or of a file.

    Raises PolicyError naming the file, the table and what to write instead.
    """
    if str(source) in preset_names():
        return _preset(str(source), where="policy")
    path = Path(source)
    if not path.exists():
        raise PolicyError(
            path,
            "is neither a file nor a preset",
            f"Name a TOML file or one of: {', '.join(preset_names())}",
        )
    return _read(path, name=str(path), origin=path.name)


def _preset(name: str, *, where: str) -> Policy:
    if name not in preset_names():
        raise PolicyError(where, f"no preset {name!r}", f"There are: {', '.join(preset_names())}")
    return _read(PRESETS / f"{name}.toml", name=name, origin=f"preset {name}")


def _read(path: Path, *, name: str, origin: str) -> Policy:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PolicyError(path, f"cannot be read ({error})", ADVICE) from error
    table = document.get("policy")
    if not isinstance(table, dict):
        raise PolicyError(path, "has no table [policy]", ADVICE)
    where = f"{path}, [policy]"
    _check_keys(table, {*GENERAL, *SETTINGS}, where)
    preset = _word(table["preset"], "preset", where) if "preset" in table else None
    below = _preset(preset, where=where).layers if preset is not None else ()
    return Policy(name, (*below, _layer(table, origin, where)))


def _layer(table: Mapping[str, Any], origin: str, where: str) -> Layer:
    labels = table.get("labels", {})
    if not isinstance(labels, dict):
        raise PolicyError(where, "labels is no table", 'Write [policy.labels."blade-shaped"]')
    unfamiliar = table.get("unfamiliar")
    return Layer(
        origin=origin,
        about=_word(table.get("about", ""), "about", where),
        general=_settings(table, where),
        labels={
            name: _label_settings(values, f'{where[:-1]}.labels."{name}"]')
            for name, values in labels.items()
        },
        unfamiliar=(
            None if unfamiliar is None else _choice(Unfamiliar, unfamiliar, "unfamiliar", where)
        ),
    )


def _label_settings(values: object, where: str) -> Settings:
    if not isinstance(values, dict):
        raise PolicyError(where, "is no table", f"Give it one of: {', '.join(SETTINGS)}")
    _check_keys(values, set(SETTINGS), where)
    return _settings(values, where)


def _settings(table: Mapping[str, Any], where: str) -> Settings:
    return Settings(**{
        key: read(table[key], key, where) for key, read in SETTINGS.items() if key in table
    })  # fmt: skip


def _check_keys(table: Mapping[str, Any], known: set[str], where: str) -> None:
    for key in table:
        if key not in known:
            raise PolicyError(
                where, f"no setting {key!r}", f"There are: {', '.join(sorted(known))}"
            )


def _level(value: object, key: str, where: str) -> Level:
    if isinstance(value, str) and (match := PERCENT.fullmatch(value.strip())):
        level = Level(float(match[1]) / 100, of_bundle=True)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        level = Level(float(value))
    else:
        raise PolicyError(
            where,
            f"{key} = {value!r} is not a number",
            'Give 0 to 1, or "80%" of the network\'s own threshold',
        )
    if not level.value > 0.0 or (level.value > 1.0 and not level.of_bundle):
        raise PolicyError(where, f"{key} = {value!r} is not a score", "Give more than 0, at most 1")
    return level


def _choice(words: type[Word], value: object, key: str, where: str) -> Word:
    if value not in list(words):
        raise PolicyError(where, f"{key} = {value!r}", f"Write one of: {', '.join(words)}")
    return words(str(value))


def _action(value: object, key: str, where: str) -> Action:
    return _choice(Action, value, key, where)


def _word(value: object, key: str, where: str) -> str:
    if not isinstance(value, str):
        raise PolicyError(where, f"{key} = {value!r} is not text", "Put it in quotes")
    return value


GENERAL = ("about", "labels", "preset", "unfamiliar")
SETTINGS: Mapping[str, Callable[[object, str, str], Any]] = {
    "action": _action,
    "flag_at": _level,
    "review_at": _level,
}
"""What [policy] says of all labels and a table of [policy.labels] of one."""

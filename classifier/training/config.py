"""What decides a training run, read from TOML; needs no torch, so that `train --help` is quick.

A file is tables of the names below. What a file leaves out has the value that stands here; what it
names and nobody knows is an error, for a misspelt key would silently train something else.
"""

from __future__ import annotations

import hashlib
import json
import math
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, get_type_hints

CONFIGS = Path(__file__).parent / "configs"
SHIPPED = CONFIGS / "detector.toml"
"""What the network that ships was made by."""


class ConfigError(ValueError):
    """A configuration cannot be used; the message says where, what and what to do next."""


@dataclass(frozen=True, slots=True)
class DataConfig:
    """How examples are drawn.

    draws_parametric, draws_mesh: pictures of each parametric model (another member each time) and
    of each mesh file. slice_cells: longest side of an object when it is sliced, in cells. tilt_deg:
    spread of the turns away from the canonical pose. share_lying: examples that stay as modelled
    instead of being turned at random. size_spread: of the logarithm of the size, in each step anew.
    share_cut, share_supported: objects of which a part is printed, and that stand on supports.
    share_reshaped: draws of a mesh file that get other proportions, see `sources.proportions`.
    """

    draws_parametric: int = 120
    draws_mesh: int = 40
    slice_cells: int = 144
    tilt_deg: float = 5.0
    share_lying: float = 0.3
    size_spread: float = 0.25
    share_cut: float = 0.08
    share_supported: float = 0.05
    share_reshaped: float = 0.0


@dataclass(frozen=True, slots=True)
class ViewsConfig:
    """What a `runtime.recipe.ViewRecipe` draws; it becomes part of the bundle."""

    cells: int = 128
    stretch: float = 0.8


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """Shape of `models.multiview.MultiView`. hidden: length of the embedding. pooling: how views
    become one: "max", or "ordered", which keeps apart what each plane shows.
    """

    channels: tuple[int, ...] = (24, 48, 96, 128)
    hidden: int = 64
    dropout: float = 0.25
    pooling: str = "max"


@dataclass(frozen=True, slots=True)
class ScheduleConfig:
    """The loop. rate: the highest learning rate. ema: how slowly the averaged weights follow.

    share_weapon, share_mesh: parts of a batch that are weapon-shaped and that come from mesh files;
    within each part, a label is met as often as the square root of its number of examples.
    checkpoint_every: steps.
    """

    steps: int = 2400
    batch: int = 64
    rate: float = 4e-3
    weight_decay: float = 0.02
    smoothing: float = 0.05
    ema: float = 0.998
    share_weapon: float = 0.4
    share_mesh: float = 0.5
    checkpoint_every: int = 500


@dataclass(frozen=True, slots=True)
class FoldsConfig:
    """folds networks of *steps* steps each judge what was held out from them."""

    folds: int = 3
    steps: int = 1200


@dataclass(frozen=True, slots=True)
class ExamsConfig:
    """Pictures that held-out objects are judged by: of each parametric model and each mesh file.

    They are drawn as a scan draws a job: whole, not tilted away from the pose, without supports.
    """

    draws_parametric: int = 12
    draws_mesh: int = 4


@dataclass(frozen=True, slots=True)
class RatesConfig:
    """Shares of everyday objects that may be flagged, reviewed, and called unfamiliar.

    lowest_flag, lowest_review: thresholds never go below, however well training went.
    weight_parametric: of one draw of an everyday model; an everyday mesh file has 1.
    """

    flagged: float = 0.001
    reviewed: float = 0.02
    unfamiliar: float = 0.005
    lowest_flag: float = 0.5
    lowest_review: float = 0.1
    weight_parametric: float = 1.0


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """Everything that decides a run, beside the meshes. name, version: of the bundle."""

    name: str = "detector"
    version: str = "1"
    seed: int = 1
    data: DataConfig = DataConfig()
    views: ViewsConfig = ViewsConfig()
    network: NetworkConfig = NetworkConfig()
    schedule: ScheduleConfig = ScheduleConfig()
    folds: FoldsConfig = FoldsConfig()
    exams: ExamsConfig = ExamsConfig()
    rates: RatesConfig = RatesConfig()

    def for_exams(self) -> TrainingConfig:
        """What draws the pictures that held-out objects are judged by: new members of models."""
        data = replace(
            self.data,
            draws_parametric=self.exams.draws_parametric,
            draws_mesh=self.exams.draws_mesh,
            tilt_deg=0.0,
            share_cut=0.0,
            share_supported=0.0,
            share_reshaped=0.0,
        )
        return replace(self, seed=self.seed + EXAM_SEED, data=data)

    def digest(self, *, without: Collection[str] = ()) -> str:
        """SHA-256 of all values, whatever file or flag they came from, but for tables *without*."""
        values = {name: value for name, value in asdict(self).items() if name not in without}
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


EXAM_SEED = 1000  # added to the run's seed

_SHARE, _COUNT, _POSITIVE = (0.0, 1.0), (1, math.inf), (1e-9, math.inf)
_LIMITS: Mapping[str, tuple[float, float]] = {
    "seed": (0, 2**31), "data.draws_parametric": _COUNT, "data.draws_mesh": _COUNT,
    "data.slice_cells": (16, 512), "data.tilt_deg": (0.0, 45.0), "data.share_lying": _SHARE,
    "data.size_spread": (0.0, 2.0), "data.share_cut": _SHARE, "data.share_supported": _SHARE,
    "data.share_reshaped": _SHARE,
    "views.cells": (16, 512), "views.stretch": _SHARE, "network.hidden": _COUNT,
    "network.dropout": (0.0, 0.95),
    "schedule.steps": _COUNT, "schedule.batch": (2, math.inf), "schedule.rate": _POSITIVE,
    "schedule.weight_decay": (0.0, math.inf), "schedule.smoothing": (0.0, 0.4),
    "schedule.ema": (0.0, 0.999999), "schedule.share_weapon": _SHARE,
    "schedule.share_mesh": _SHARE, "schedule.checkpoint_every": _COUNT,
    "folds.folds": (2, 20), "folds.steps": _COUNT,
    "exams.draws_parametric": _COUNT, "exams.draws_mesh": _COUNT, "rates.flagged": _SHARE,
    "rates.reviewed": _SHARE, "rates.unfamiliar": _SHARE, "rates.lowest_flag": _SHARE,
    "rates.lowest_review": _SHARE, "rates.weight_parametric": (0.0, 1.0),
}  # fmt: skip
"""Key -> lowest and highest value that makes sense."""
_WORDS: Mapping[str, tuple[str, ...]] = {"network.pooling": ("max", "ordered")}
"""Key -> the words that it may be."""


def read_config(path: Path = SHIPPED, changes: Sequence[str] = ()) -> TrainingConfig:
    """The configuration in *path*, with *changes* such as "schedule.steps=100" on top.

    Raises ConfigError for what cannot be read, is unknown, of the wrong kind or out of bounds.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({error}). Check the path.") from error
    config: TrainingConfig = _merged(TrainingConfig(), _parsed(text, str(path)), str(path), "")
    for change in changes:
        where = f"--set {change}"
        config = _merged(config, _parsed(change, where), where, "")
    return config


def config_of(values: Mapping[str, Any], where: str) -> TrainingConfig:
    """The configuration that a manifest states as *values*; *where* is what errors call it.

    Raises ConfigError as `read_config` does.
    """
    config: TrainingConfig = _merged(TrainingConfig(), values, where, "")
    return config


def _parsed(text: str, where: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        advice = 'Write it as key = value; words stand in "quotes".'
        raise ConfigError(f"{where}: is no TOML ({error}). {advice}") from error


def _merged(config: Any, values: Mapping[str, Any], where: str, table: str) -> Any:
    """*config*, a dataclass, with *values* in place of its own."""
    kinds = get_type_hints(type(config))
    known = [field.name for field in fields(config)]
    changes = {}
    for key, value in values.items():
        name = f"{table}{key}"
        if key not in known:
            raise ConfigError(f"{where}: {name!r} is no setting; there are: {', '.join(known)}.")
        if not isinstance(value, dict):
            changes[key] = _checked(value, kinds[key], f"{where}: {name}", name)
        elif hasattr(kinds[key], "__dataclass_fields__"):
            changes[key] = _merged(getattr(config, key), value, where, f"{name}.")
        else:
            raise ConfigError(f"{where}: {name} is one value, not a table.")
    return replace(config, **changes)


def _checked(value: Any, kind: Any, where: str, name: str) -> Any:
    """*value* as *kind*, or ConfigError."""
    if kind is float and type(value) is int:
        value = float(value)
    if kind == tuple[int, ...]:
        if not isinstance(value, list) or not value or any(type(v) is not int for v in value):
            raise ConfigError(f"{where} is {value!r}; it must be a list of whole numbers.")
        return tuple(value)
    if type(value) is not kind:
        raise ConfigError(f"{where} is {value!r}; it must be of kind {_kind(kind)}.")
    if isinstance(value, str) and value not in _WORDS.get(name, (value,)):
        raise ConfigError(f"{where} is {value!r}; it must be one of: {', '.join(_WORDS[name])}.")
    low, high = _LIMITS.get(name, (-math.inf, math.inf))
    if isinstance(value, (int, float)) and not low <= value <= high:
        raise ConfigError(f"{where} is {value}; it must lie between {low} and {high}.")
    return value


def _kind(kind: Any) -> str:
    return str(getattr(kind, "__name__", kind))

"""What a manifest states about how its network was made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import PurePath
from typing import Any

from torch import nn

from classifier.runtime.recipe import ViewRecipe
from classifier.training.config import TrainingConfig
from classifier.training.conformal import thresholds_of
from classifier.training.examples import Examples
from classifier.training.heldout import Meaning
from dataset_builder.sources.errors import Skipped
from dataset_builder.sources.labels import LABELS
from dataset_builder.sources.origin import Origin

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Making:
    """Of one run. command: that makes the network again. failures: how many mistakes are shown."""

    config: TrainingConfig
    recipe: ViewRecipe
    examples: Examples
    skipped: Sequence[Skipped]
    meaning: Meaning
    command: str
    costs: Json
    failures: Json


def manifest_of(making: Making, network: nn.Module) -> Json:
    """The manifest, less its schema and figures."""
    config, meaning = making.config, making.meaning
    return {
        "name": config.name,
        "version": config.version,
        "labels": [{"name": label.name, "weapon_shaped": label.weapon_shaped} for label in LABELS],
        "views": asdict(making.recipe),
        "thresholds": thresholds_of(dict(meaning.promises))._asdict(),
        "familiarity": meaning.familiarity._asdict(),
        "early": None,
        "training": {
            "config": asdict(config),
            "config_sha256": config.digest(),
            "command": making.command,
            "examples": len(making.examples),
            "examples_sha256": making.examples.digest,
            "sources": sources_of(making.examples),
            # folders are the trainer's own business
            "skipped": sorted(PurePath(skip.location).name for skip in making.skipped),
            "parameters": sum(weights.numel() for weights in network.parameters()),
            "calibration": {**meaning.calibration._asdict(), "expected_error": meaning.error},
            "promises": {name: made.to_json() for name, made in meaning.promises.items()},
            "failures": making.failures,
            "costs": making.costs,
        },
    }


def sources_of(examples: Examples) -> list[Json]:
    """A row a source, largest first: how many objects, their licences and whom to credit."""
    by_source: dict[str, list[Origin]] = defaultdict(list)
    for index in sorted(set(examples.origin.tolist())):
        by_source[examples.origins[index].source].append(examples.origins[index])
    rows = [
        {
            "source": source,
            "objects": len(origins),
            "weapon_shaped": sum(origin.weapon_shaped for origin in origins),
            "licences": sorted({origin.licence for origin in origins}),
            "credits": sorted({origin.credit for origin in origins}),
        }
        for source, origins in by_source.items()
    ]
    return sorted(rows, key=lambda row: (-row["objects"], row["source"]))

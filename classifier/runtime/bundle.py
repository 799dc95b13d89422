"""A bundle: one folder with a network and everything that gives its numbers a meaning.

    manifest.json   schema, labels, view recipe, thresholds, how it was trained, measured figures
    model.onnx      the network
    card.md         the same for people: what it was trained on and how it fails
    SHA256SUMS      a line "digest  name" for each of the three

A bundle is used whole or not at all: every digest is checked before anything is believed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from classifier.runtime.errors import BundleError
from classifier.runtime.recipe import ViewRecipe

SCHEMA = "printwarden.bundle/1"
MANIFEST, MODEL, CARD, SUMS = "manifest.json", "model.onnx", "card.md", "SHA256SUMS"
PARTS = (CARD, MANIFEST, MODEL)
DEFAULT_BUNDLE = Path(__file__).resolve().parents[1] / "bundles" / "parametric"
MAX_PART_BYTES = 64 << 20  # a demo bundle is a thousandth of it; more is a mistake or an attack
ADVICE = "Use another bundle, or install Printwarden again"

T = TypeVar("T")


class BundleLabel(NamedTuple):
    """One output of the network."""

    name: str
    weapon_shaped: bool


class Thresholds(NamedTuple):
    """A weapon score from review_at on is shown to a person; from flag_at on it is flagged."""

    review_at: float
    flag_at: float


@dataclass(frozen=True, slots=True)
class ModelBundle:
    """A bundle whose digests were right when it was loaded.

    identity: "name@version#first eight digits of the manifest's sha256", for reports.
    model: the bytes of model.onnx, the same that were checked.
    """

    name: str
    version: str
    identity: str
    labels: tuple[BundleLabel, ...]
    recipe: ViewRecipe
    thresholds: Thresholds
    metrics: dict[str, Any]
    model: bytes


def load_bundle(path: Path | None = None) -> ModelBundle:
    """Read and verify the bundle at *path*, or the one that ships with Printwarden.

    Raises BundleError, which names the part, what is wrong and what to do.
    """
    folder = DEFAULT_BUNDLE if path is None else path
    parts = _verified(folder)
    where = folder / MANIFEST
    try:
        manifest = json.loads(parts[MANIFEST])
        schema = manifest["schema"]
        if schema != SCHEMA:
            raise BundleError(
                where, f"the schema is {schema!r}, this version reads {SCHEMA!r}", ADVICE
            )
        return _interpreted(manifest, parts)
    except (ValueError, KeyError, TypeError) as error:
        problem = f"not a manifest ({type(error).__name__}: {error})"
        raise BundleError(where, problem, ADVICE) from error


def write_sums(folder: Path) -> None:
    """Write SHA256SUMS for the three parts of the bundle in *folder*."""
    lines = [f"{_digest((folder / part).read_bytes())}  {part}\n" for part in PARTS]
    (folder / SUMS).write_text("".join(lines), encoding="ascii")


def _interpreted(manifest: dict[str, Any], parts: dict[str, bytes]) -> ModelBundle:
    thresholds = Thresholds(**manifest["thresholds"])
    if not 0.0 < thresholds.review_at <= thresholds.flag_at <= 1.0:
        raise ValueError(f"thresholds {tuple(thresholds)} are not 0 < review_at <= flag_at <= 1")
    labels = tuple(BundleLabel(**label) for label in manifest["labels"])
    if not any(label.weapon_shaped for label in labels):
        raise ValueError("no label is weapon-shaped")
    name, version = str(manifest["name"]), str(manifest["version"])
    return ModelBundle(
        name=name,
        version=version,
        identity=f"{name}@{version}#{_digest(parts[MANIFEST])[:8]}",
        labels=labels,
        recipe=ViewRecipe.from_json(manifest["views"]),
        thresholds=thresholds,
        metrics=dict(manifest["metrics"]),
        model=parts[MODEL],
    )


def _verified(folder: Path) -> dict[str, bytes]:
    """The bytes of each part, every one as its line in SHA256SUMS says."""
    listed = _guarded(folder / SUMS, lambda path: _sums(path.read_text(encoding="ascii")))
    parts: dict[str, bytes] = {}
    for part in PARTS:
        where = folder / part
        if part not in listed:
            raise BundleError(folder / SUMS, f"has no line for {part}", ADVICE)
        parts[part] = _guarded(where, _bounded)
        if _digest(parts[part]) != listed[part]:
            raise BundleError(where, "was altered: its SHA-256 is not the one listed", ADVICE)
    return parts


def _guarded(path: Path, read: Callable[[Path], T]) -> T:
    try:
        return read(path)
    except (OSError, ValueError) as error:
        raise BundleError(
            path, f"cannot be read ({error})", "Check the path of the bundle"
        ) from error


def _bounded(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(MAX_PART_BYTES + 1)
    if len(data) > MAX_PART_BYTES:
        raise ValueError(f"more than {MAX_PART_BYTES} bytes")
    return data


def _sums(text: str) -> dict[str, str]:
    """{"model.onnx": digest}; the format of the sha256sum tool."""
    return {
        name.lstrip("*"): digest for digest, name in (line.split() for line in text.splitlines())
    }


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()

"""A bundle: one folder with a network and everything that gives its numbers a meaning.

    manifest.json        schema, labels, view recipe, thresholds, familiarity, figures
    model.onnx           the network: pictures and sizes -> probabilities and embedding
    gallery.npz          what the network saw in training: names, labels, embeddings
    weights.safetensors  the same network for torch, to train or compress on from
    early.onnx           perhaps: the network that judges while a job is printed
    card.md              the same for people: what it was trained on and how it fails
    failures.png         perhaps: the worst mistakes, which the card shows
    SHA256SUMS           a line "digest  name" for each of these

A bundle is used whole or not at all: every digest is checked before anything is believed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from classifier.runtime.compression import Compression
from classifier.runtime.errors import BundleError
from classifier.runtime.gallery import Familiarity, Gallery
from classifier.runtime.recipe import ViewRecipe

SCHEMA = "printwarden.bundle/2"
CARD, EARLY, GALLERY, MANIFEST = "card.md", "early.onnx", "gallery.npz", "manifest.json"
FAILURES = "failures.png"
MODEL, SUMS, WEIGHTS = "model.onnx", "SHA256SUMS", "weights.safetensors"
MIB = 1 << 20
MAX_BYTES = {
    CARD: MIB, EARLY: 64 * MIB, GALLERY: 64 * MIB, MANIFEST: 4 * MIB, MODEL: 64 * MIB,
    WEIGHTS: 512 * MIB, FAILURES: 4 * MIB,
}  # fmt: skip
"""Part -> the most it may weigh: many times what any bundle of ours needs."""
OPTIONAL = (EARLY, FAILURES)
PARTS = tuple(part for part in MAX_BYTES if part not in OPTIONAL)
"""What every bundle has."""
UNREAD = (WEIGHTS, FAILURES)  # checked, but judging needs none of it
DEFAULT_BUNDLE = Path(__file__).resolve().parents[1] / "bundles" / "detector"
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

    folder: where it was read, for messages. identity: "name@version#first eight digits of the
    manifest's sha256", for reports. model: the bytes of model.onnx, the same that were checked.
    early: the bytes of early.onnx, and early_settings the manifest's table about it, or None both.
    compression: how the network was made smaller, or None for one that is as it was trained.
    """

    folder: Path
    name: str
    version: str
    identity: str
    labels: tuple[BundleLabel, ...]
    recipe: ViewRecipe
    thresholds: Thresholds
    familiarity: Familiarity
    gallery: Gallery
    metrics: dict[str, Any]
    model: bytes
    early: bytes | None = None
    early_settings: Mapping[str, Any] | None = None
    compression: Compression | None = None

    @property
    def description(self) -> str:
        """For people: its identity, and how it was made smaller."""
        return f"{self.identity}, {self.compression}" if self.compression else self.identity


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
        return _interpreted(folder, manifest, parts)
    except (ValueError, KeyError, TypeError) as error:
        problem = f"not a manifest ({type(error).__name__}: {error})"
        raise BundleError(where, problem, ADVICE) from error


def write_sums(folder: Path) -> None:
    """Write SHA256SUMS for the parts of the bundle in *folder*."""
    here = [part for part in MAX_BYTES if part in PARTS or (folder / part).exists()]
    lines = [f"{_digest((folder / part).read_bytes())}  {part}\n" for part in here]
    (folder / SUMS).write_text("".join(lines), encoding="ascii")


def _interpreted(
    folder: Path, manifest: Mapping[str, Any], parts: Mapping[str, bytes]
) -> ModelBundle:
    labels = tuple(BundleLabel(**label) for label in manifest["labels"])
    if not any(label.weapon_shaped for label in labels):
        raise ValueError("no label is weapon-shaped")
    name, version = str(manifest["name"]), str(manifest["version"])
    return ModelBundle(
        folder=folder,
        name=name,
        version=version,
        identity=f"{name}@{version}#{_digest(parts[MANIFEST])[:8]}",
        labels=labels,
        recipe=ViewRecipe.from_json(manifest["views"]),
        thresholds=_thresholds(manifest["thresholds"]),
        familiarity=_familiarity(manifest["familiarity"]),
        gallery=_gallery(folder / GALLERY, parts[GALLERY], len(labels)),
        metrics=dict(manifest["metrics"]),
        model=parts[MODEL],
        early=parts.get(EARLY),
        early_settings=_early(manifest["early"], EARLY in parts),
        compression=_compression(manifest.get("compression")),
    )


def _thresholds(values: Mapping[str, Any]) -> Thresholds:
    thresholds = Thresholds(**values)
    if not 0.0 < thresholds.review_at <= thresholds.flag_at <= 1.0:
        raise ValueError(f"thresholds {tuple(thresholds)} are not 0 < review_at <= flag_at <= 1")
    return thresholds


def _familiarity(values: Mapping[str, Any]) -> Familiarity:
    familiarity = Familiarity(**values)
    if familiarity.neighbours < 1 or not 0.0 < familiarity.limit <= 2.0:
        raise ValueError(f"familiarity {tuple(familiarity)} needs neighbours and a limit up to 2")
    return familiarity


def _gallery(where: Path, data: bytes, labels: int) -> Gallery:
    try:
        gallery = Gallery.unpacked(data)
        if not 0 <= gallery.labels.min() <= gallery.labels.max() < labels:
            raise ValueError(f"a row has a label that is none of the manifest's {labels}")
    except ValueError as error:
        raise BundleError(where, str(error), ADVICE) from error
    return gallery


def _early(settings: Mapping[str, Any] | None, present: bool) -> Mapping[str, Any] | None:
    if (settings is not None) is not present:
        raise ValueError(f"'early' is {settings!r} and {EARLY} is {'' if present else 'not '}here")
    return settings if settings is None else dict(settings)


def _compression(values: Mapping[str, Any] | None) -> Compression | None:
    return values if values is None else Compression.from_json(values)


def _verified(folder: Path) -> dict[str, bytes]:
    """The bytes of each part that judging needs, every part as its line in SHA256SUMS says."""
    listed = _guarded(folder / SUMS, lambda path: _sums(path.read_text(encoding="ascii")))
    for name in listed:
        if name not in MAX_BYTES:
            raise BundleError(folder / SUMS, f"lists {name!r}, which is no part", ADVICE)
    parts: dict[str, bytes] = {}
    there = [part for part in OPTIONAL if part in listed or (folder / part).exists()]
    for part in (*PARTS, *there):
        where = folder / part
        if part not in listed:
            raise BundleError(folder / SUMS, f"has no line for {part}", ADVICE)
        data = _guarded(where, _bounded)
        if _digest(data) != listed[part]:
            raise BundleError(where, "was altered: its SHA-256 is not the one listed", ADVICE)
        if part not in UNREAD:
            parts[part] = data
    return parts


def _guarded(path: Path, read: Callable[[Path], T]) -> T:
    try:
        return read(path)
    except (OSError, ValueError) as error:
        raise BundleError(
            path, f"cannot be read ({error})", "Check the path of the bundle"
        ) from error


def _bounded(path: Path) -> bytes:
    most = MAX_BYTES[path.name]
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise ValueError(f"more than {most} bytes")
    return data


def _sums(text: str) -> dict[str, str]:
    """{"model.onnx": digest}; the format of the sha256sum tool."""
    return {
        name.lstrip("*"): digest for digest, name in (line.split() for line in text.splitlines())
    }


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()

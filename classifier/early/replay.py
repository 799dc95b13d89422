"""Held-out prints, replayed layer by layer through the very `Watcher` that a guard uses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from classifier.early.growing import LAYERS, sliced, stream
from classifier.early.subjects import POSES
from classifier.runtime.early import EarlyNetwork, look_layers
from classifier.runtime.early_job import watched
from dataset_builder.sources.loading import load_mesh
from dataset_builder.sources.origin import Origin

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dataset_builder.geometry.layers import Layers

Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Traces:
    """N whole prints as they were scored at each of T looks.

    scores: (N, T) float32 weapon scores. printed: (T,) share of the print at each look. weapon:
    (N,) whether it should be stopped. pose, group, kind: (N,) names; group is the source of a real
    mesh or the family of a parametric one, kind is "mesh" or "parametric".
    """

    scores: NDArray[np.float32]
    printed: NDArray[np.float64]
    weapon: NDArray[np.bool_]
    pose: NDArray[np.str_]
    group: NDArray[np.str_]
    kind: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.weapon)

    def among(self, chosen: NDArray[np.bool_]) -> Traces:
        """The prints where *chosen* is true."""
        return Traces(
            self.scores[chosen],
            self.printed,
            self.weapon[chosen],
            self.pose[chosen],
            self.group[chosen],
            self.kind[chosen],
        )

    def save(self, path: Path) -> None:
        """As one .npz, for figures to be made again."""
        np.savez_compressed(path, **{f.name: getattr(self, f.name) for f in fields(self)})

    @classmethod
    def load(cls, path: Path) -> Traces:
        """What `save` wrote."""
        with np.load(path, allow_pickle=False) as stored:
            return cls(**{f.name: stored[f.name] for f in fields(cls)})


def replay(
    network: EarlyNetwork,
    origins: Sequence[Origin],
    seed: int,
    advance: Advance = lambda _: None,
    *,
    told: bool = False,
) -> Traces:
    """Print each of *origins* once in every pose; told: the watcher knows the final height.

    Meshes that enclose nothing are left out. Raises ValueError when nothing is left.
    """
    rows: list[tuple[NDArray[np.float32], Origin, str]] = []
    for origin in origins:
        mesh = load_mesh(origin)
        for number, pose in enumerate(POSES):
            layers = sliced(mesh, pose, stream(seed + 1, origin, number))
            if layers is not None and len(layers.bits) == LAYERS:
                rows.append((trace(network, layers, told=told), origin, pose))
        advance(1)
    if not rows:
        raise ValueError("no object gave a print: give meshes that enclose something")
    return Traces(
        scores=np.stack([scores for scores, _, _ in rows]),
        printed=np.array(list(look_layers(LAYERS))) / LAYERS,
        weapon=np.array([origin.weapon_shaped for _, origin, _ in rows]),
        pose=np.array([pose for _, _, pose in rows]),
        group=np.array([o.source if o.kind == "mesh" else o.family for _, o, _ in rows]),
        kind=np.array([origin.kind for _, origin, _ in rows]),
    )


def trace(network: EarlyNetwork, layers: Layers, *, told: bool = False) -> NDArray[np.float32]:
    """(T,) the weapon score at each look that is due at one print."""
    due = set(look_layers(len(layers.bits)))
    looks = [look for look in watched(network, layers, told=told) if look.layers in due]
    return np.array([look.weapon_score for look in looks], np.float32)

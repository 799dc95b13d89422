"""A dataset in miniature, and contenders that need no training worth the name."""

from __future__ import annotations

import numpy as np

from classifier.benchmark.prints import Prints
from dataset_builder.render.occupancy import Occupancy
from dataset_builder.sources.labels import LABEL_NAMES, LABELS

FAMILIES = {
    "pistol": "handgun-shaped", "revolver": "handgun-shaped", "derringer": "handgun-shaped",
    "mug": "container", "vase": "container", "bottle": "container",
    "spur_gear": "gear", "pulley": "gear", "rack": "gear",
}  # fmt: skip
FOLDS, FRAMES, SIZE_PX, POSES = 3, 4, 12, 24
ROUTES = ("mesh", "cura:draft", "cura:solid")


def drawn_prints(sources=1, seed=7):
    """A label is a bright stripe at a height of its own; the lower rows are printed first."""
    rng = np.random.default_rng(seed)
    families = list(FAMILIES)
    family = np.repeat(families, POSES)
    count = len(family)
    label = np.array([LABEL_NAMES.index(FAMILIES[name]) for name in family])
    pose = np.tile(np.arange(POSES), len(families))
    frames = rng.integers(0, 120, (count, FRAMES, 3, SIZE_PX, SIZE_PX)).astype(np.uint8)
    stripe = np.unique(label, return_inverse=True)[1] * 3
    for row, low in enumerate(stripe):
        frames[row, 1:, :, low : low + 3] = 255
    route = np.array(ROUTES)[pose % 3]
    source = np.array([f"source {index}" for index in pose % sources])
    number = np.unique(family, return_inverse=True)[1]
    return Prints(
        pictures=frames[:, -1],
        frames=frames,
        label=label,
        family=family,
        source=source,
        route=route,
        solid=number,
        rotation=np.tile(np.eye(3), (count, 1, 1)),
        solids=tuple(
            Occupancy(np.ones((2, 2, 2), np.float32), 1.0, (0.0, 0.0, 0.0)) for _ in families
        ),
        test={
            "random": rng.random((count, 3)) < 0.2,
            "orientation": np.repeat((pose < 6)[:, None], 3, axis=1),
            "route": np.repeat((route == ROUTES[-1])[:, None], 3, axis=1),
        },
        fold={"model": np.array([families.index(name) for name in family]) % FOLDS,
              "source": pose % sources},
    )  # fmt: skip


class NearestMean:
    """Knows each label by its mean picture."""

    name = "nearest mean"

    def __init__(self):
        self.means = np.zeros((0, 0))
        self.fits = 0

    def fit(self, prints, usable, *, seed, steps, on_step=lambda: None):
        self.fits += 1
        rows, planes = np.nonzero(usable)
        pictures = prints.pictures[rows, planes].reshape(len(rows), -1) / 255
        labels = prints.label[rows]
        self.means = np.full((len(LABELS), pictures.shape[1]), 1e3)
        for label in np.unique(labels):
            self.means[label] = pictures[labels == label].mean(axis=0)
        for _ in range(steps):
            on_step()

    def probabilities(self, prints, usable):
        shares = self._say(prints.pictures)
        shares[~usable] = 0
        return shares.sum(axis=1) / usable.sum(axis=1)[:, None]

    def as_it_grows(self, prints):
        return self._say(prints.frames).mean(axis=2)

    def parameters(self):
        return self.means.size

    def _say(self, pictures):
        flat = pictures.reshape(*pictures.shape[:-2], 1, -1) / 255
        distance = ((flat - self.means) ** 2).mean(axis=-1)
        weight = np.exp(-20 * distance)
        return weight / weight.sum(axis=-1, keepdims=True)


class Unwell(NearestMean):
    """Fails whenever it is asked to learn."""

    def fit(self, prints, usable, *, seed, steps, on_step=lambda: None):
        raise RuntimeError("it should not have been trained")

"""A picture of the parametric models, for a person to look at.

$ python -m dataset_builder.sources.contact_sheet sheet.png --label handgun-shaped --draws 6
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from dataset_builder.geometry.mesh import Mesh
from dataset_builder.sources.labels import LABEL_NAMES
from dataset_builder.sources.solids import SOLIDS, draw_solid

CAMERA_DEG = (25.0, -35.0)  # elevation and azimuth of the eye
LIGHT = np.array([0.35, -0.75, 0.55])
PAPER, INK = (250, 250, 248), (40, 40, 40)


def draw_sheet(
    names: Sequence[str], *, draws: int = 5, size_px: int = 150, seed: int = 0
) -> Image.Image:
    """One row a model, *draws* random members of each, every one fitted to its square."""
    sheet = Image.new("RGB", (draws * size_px, len(names) * size_px), PAPER)
    for row, name in enumerate(names):
        rng = np.random.default_rng([seed, row])
        for column in range(draws):
            mesh = draw_solid(SOLIDS[name], rng)
            sheet.paste(draw_mesh(mesh, size_px), (column * size_px, row * size_px))
        ImageDraw.Draw(sheet).text((4, row * size_px + 2), name, fill=INK)
    return sheet


def draw_mesh(mesh: Mesh, size_px: int) -> Image.Image:
    """Flat-shaded, far faces first."""
    elevation, azimuth = np.radians(CAMERA_DEG)
    right = np.array([np.cos(azimuth), np.sin(azimuth), 0.0])
    away = np.array(
        [
            -np.sin(azimuth) * np.cos(elevation),
            np.cos(azimuth) * np.cos(elevation),
            -np.sin(elevation),
        ]
    )
    seen = (mesh.triangles - mesh.bbox_mm.mean(axis=0)) @ np.stack(
        [right, np.cross(right, away), away]
    ).T
    scale = 0.45 * size_px / np.abs(seen[..., :2]).max()
    normal = np.cross(
        mesh.triangles[:, 1] - mesh.triangles[:, 0], mesh.triangles[:, 2] - mesh.triangles[:, 0]
    )
    length = np.linalg.norm(normal, axis=1)
    facing = (normal @ away < 0) & (length > 0)
    shade = 0.45 + 0.5 * np.clip(normal @ LIGHT / np.maximum(length, 1e-12), 0.0, 1.0)
    image = Image.new("RGB", (size_px, size_px), PAPER)
    pen = ImageDraw.Draw(image)
    for face in np.argsort(-seen[..., 2].mean(axis=1)):
        if facing[face]:
            corners = seen[face, :, :2] * (scale, -scale) + size_px / 2
            grey = int(255 * shade[face])
            pen.polygon(
                [tuple(corner) for corner in corners], fill=(grey, grey, min(grey + 12, 255))
            )
    return image


def main() -> None:
    """Draw the sheet the command line asks for."""
    parser = argparse.ArgumentParser(description="Draw the parametric models.")
    parser.add_argument("output", type=Path)
    parser.add_argument("--label", choices=LABEL_NAMES, help="only models of this label")
    parser.add_argument("--draws", type=int, default=5)
    wanted = parser.parse_args()
    names = [s.name for s in SOLIDS.values() if wanted.label in (None, s.label.name)]
    draw_sheet(names, draws=wanted.draws).save(wanted.output)


if __name__ == "__main__":
    main()

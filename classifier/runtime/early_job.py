"""A job that is read -> the slices that a printer would finish one by one, and their scores."""

from __future__ import annotations

from collections.abc import Iterator

from classifier.runtime.early import EarlyNetwork, EarlyScore, Watcher
from classifier.runtime.early_growth import Grid
from dataset_builder.geometry.layers import Layers
from dataset_builder.reading import JobReading
from dataset_builder.render.slice_mesh import slice_mesh
from dataset_builder.solids import CELLS

MESH_LAYER_MM = 0.2  # what most printers are set to; a mesh says nothing about it


def plates_of(reading: JobReading) -> Iterator[Layers]:
    """The model on each plate, without supports, all objects together; a mesh is one plate.

    Must run while the job is open. Raises ReadError's children when nothing is enclosed.
    """
    if reading.mesh is not None:
        yield slice_mesh(reading.mesh, layer_height_mm=MESH_LAYER_MM, cells=CELLS)
    for plate in reading.plates:
        yield plate.solid(CELLS).model


def watched(network: EarlyNetwork, layers: Layers, *, told: bool = False) -> Iterator[EarlyScore]:
    """Every look at a plate that is printed from the bottom up, and one at its end.

    told: the watcher knows the final height.
    """
    bottom_mm = float((layers.z_top_mm - layers.height_mm).min())
    final = float(layers.z_top_mm[-1]) - bottom_mm if told else None
    watcher = Watcher(network, Grid.of(layers), final_height_mm=final)
    score = None
    for bits, z_top_mm, thick in zip(layers.bits, layers.z_top_mm, layers.height_mm, strict=True):
        score = watcher.add(bits, float(z_top_mm), float(thick))
        if score is not None:
            yield score
    if score is None:
        yield watcher.look()

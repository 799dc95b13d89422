"""`printwarden bench dataset`: a picture of a dataset, our way and the obvious way, in CPU seconds.

Both ways draw the same objects in the same poses: three views of 28 pixels, each growing in 11
frames. The obvious way slices every pose, reads the G-code by words and plots its lines; ours turns
the mesh and cuts it in the kernel. What child processes burn is counted.
"""

from __future__ import annotations

import json
import resource
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import click
import numpy as np

from dataset_builder.benchmarks.naive import draw_growth, read_segments
from dataset_builder.building.fineness import enough_cells
from dataset_builder.building.poses import Pose
from dataset_builder.building.presets import PRESETS
from dataset_builder.building.solids import CELLS
from dataset_builder.building.tables import png
from dataset_builder.geometry.mesh import Mesh
from dataset_builder.render.rotations import rotated
from dataset_builder.render.sequence import sequence
from dataset_builder.render.slice_mesh import slice_mesh
from dataset_builder.slicers.profiles import PROFILES, SLICERS, slicer_version
from dataset_builder.sources.loading import load_mesh
from dataset_builder.sources.parametric import parametric_origins

PRESET = PRESETS["c3po"]
ROUTES = ("cura:standard", "prusa:standard")
"""The first that is installed slices for the obvious way."""
OUR_RUNS = 300
SEED = 1


@dataclass
class Stopwatch:
    """CPU seconds of this process and its children, stage by stage."""

    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    images: int = 0

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add what the block costs to stage *name*."""
        start = _cpu_s()
        yield
        self.seconds[name] += _cpu_s() - start

    def per_image_ms(self) -> dict[str, float]:
        """Milliseconds an image, by stage, and in all."""
        stages = {name: 1000 * value / self.images for name, value in self.seconds.items()}
        return stages | {"all": sum(stages.values())}


def run(poses: int, *, as_json: bool) -> None:
    """Draw *poses* sampled poses the obvious way, OUR_RUNS our way, and print the ratio."""
    route = next((name for name in ROUTES if slicer_version(name)), None)
    if route is None:
        raise click.ClickException("no slicer is installed (apt install cura-engine cura)")
    sample = _sample(poses)
    ours, naive = Stopwatch(), Stopwatch()
    cells = [enough_cells(mesh, CELLS) for mesh, _ in sample]  # once an object, in a build too
    # imports and the kernel's start are nobody's picture
    _draw_ours(*sample[0], cells[0], Stopwatch())
    for run_number in range(max(OUR_RUNS, poses)):
        chosen = run_number % poses
        _draw_ours(*sample[chosen], cells[chosen], ours)
    for mesh, pose in sample:
        _draw_naively(mesh, pose, route, naive)
    slow, quick = naive.per_image_ms(), ours.per_image_ms()
    times = slow["all"] / quick["all"]
    if as_json:
        row = {"poses": poses, "route": route, "slicer": slicer_version(route)}
        rates = {"naive_ms_per_image": slow, "printwarden_ms_per_image": quick, "times": times}
        click.echo(json.dumps(row | rates))
        return
    click.echo(f"{poses} poses; the obvious way by {route}; CPU milliseconds an image")
    for name, stages in (("obvious", slow), ("printwarden", quick)):
        click.echo(f"{name:<12} {'   '.join(f'{k} {v:.3f}' for k, v in stages.items())}")
    click.echo(f"{'ratio':<12} {times:,.0f}")


def _sample(poses: int) -> list[tuple[Mesh, Pose]]:
    """Objects taken evenly from the preset's list, each in a random pose of its grid."""
    rng = np.random.default_rng(SEED)
    grid = PRESET.poses.poses(SEED)
    models = [PRESET.models[n * len(PRESET.models) // poses] for n in range(poses)]
    origins = {origin.name: origin for origin in parametric_origins(PRESET.models, 1, SEED)}
    return [(load_mesh(origins[name]), grid[rng.integers(len(grid))]) for name in models]


def _draw_ours(mesh: Mesh, pose: Pose, cells: int, watch: Stopwatch) -> None:
    with watch.stage("turn and cut"):
        layers = slice_mesh(rotated(mesh, pose.rotation), cells=cells)
    with watch.stage("draw"):
        pixels = sequence(layers, frames=PRESET.frames, size_px=PRESET.size_px, kind="root-xray")
    with watch.stage("encode"):
        watch.images += len([png(picture) for picture in pixels.reshape(-1, *pixels.shape[2:])])


def _draw_naively(mesh: Mesh, pose: Pose, route: str, watch: Stopwatch) -> None:
    profile = PROFILES[route]
    with tempfile.TemporaryDirectory() as scratch:
        gcode = Path(scratch) / "job.gcode"
        with watch.stage("turn and slice"):
            turned = Mesh(mesh.triangles @ pose.rotation.T, mesh.watertight)
            SLICERS[profile.slicer].slice(turned, gcode, profile.settings)
        with watch.stage("read"):
            segments = read_segments(gcode)
        with watch.stage("draw and encode"):
            watch.images += len(draw_growth(segments, PRESET.frames, PRESET.size_px))


def _cpu_s() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime

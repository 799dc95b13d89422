"""The second half of a build: each job's projections and growing frames, shard by shard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataset_builder.building.fineness import enough_cells
from dataset_builder.building.journal import Done, Unit
from dataset_builder.building.plan import Job, Plan
from dataset_builder.building.poses import Pose
from dataset_builder.building.presets import GCODE, MESH
from dataset_builder.building.solids import CELLS, read_solid, reason_to_skip
from dataset_builder.building.splits import orientation_split, random_split, route_split
from dataset_builder.building.tables import png, write_shard
from dataset_builder.errors import ReadError
from dataset_builder.output.columns import PICTURE_COLUMNS
from dataset_builder.render.presence import Turnable
from dataset_builder.render.projections import frame_of
from dataset_builder.render.rotations import rotated
from dataset_builder.render.sequence import frame_layers, sequence
from dataset_builder.render.shadows import cast_shadows
from dataset_builder.render.slice_mesh import slice_mesh
from dataset_builder.render.turned import turned
from dataset_builder.render.views import PLANES
from dataset_builder.sources.labels import LABEL_NAMES
from dataset_builder.sources.loading import load_mesh

if TYPE_CHECKING:
    from dataset_builder.geometry.layers import Layers
    from dataset_builder.geometry.mesh import Mesh

Row = dict[str, Any]
CELLS_A_PIXEL = 2  # at least; more, as long as CELLS allow


@dataclass
class Objects:
    """The plan's objects, loaded once for all of a shard's poses."""

    plan: Plan
    folder: Path
    meshes: dict[int, tuple[Mesh, int]] = field(default_factory=dict)
    solids: dict[tuple[int, str], Turnable] = field(default_factory=dict)

    def layers(self, job: Job) -> Layers:
        """The job's solid in its pose. Raises ReadError or OSError."""
        turn, least = self.plan.poses[job.pose].rotation, CELLS_A_PIXEL * self.plan.size_px
        if job.route == MESH:
            if job.origin not in self.meshes:
                mesh = load_mesh(self.plan.origins[job.origin])
                self.meshes[job.origin] = mesh, enough_cells(mesh, max(CELLS, least))
            mesh, cells = self.meshes[job.origin]
            return slice_mesh(rotated(mesh, turn), cells=cells)
        key = (job.origin, job.route)
        if key not in self.solids:
            self.solids[key] = Turnable.of(read_solid(self.plan, self.folder, *key))
        return turned(self.solids[key], turn, cells=max(CELLS, least))


def draw_pictures(plan: Plan, folder: Path, unit: int, missing: frozenset[str]) -> Done:
    """Draw and write shard *unit* of both subsets; solids named in *missing* are left out."""
    done = Done(Unit("pictures", unit))
    projections: list[Row] = []
    frames: list[Row] = []
    drawn: Counter[tuple[int, str]] = Counter()
    objects = Objects(plan, folder)
    for job in plan.jobs_of(unit):
        origin = plan.origins[job.origin]
        if f"{origin.name} by {job.route}" in missing:
            continue
        try:
            rows = list(_rows(plan, job, objects.layers(job)))
        except (ReadError, OSError) as problem:
            done.skipped.append((job_name(plan, job), reason_to_skip(problem)))
            continue
        frames += rows
        projections += rows[plan.frames - 1 :: plan.frames]
        drawn[job.origin, job.route] += 1
    for subset, rows in (("projections", projections), ("sequences", frames)):
        if rows:
            path = f"data/{subset}/{subset}-{unit:05d}.parquet"
            done.shards.append(write_shard(folder, path, PICTURE_COLUMNS, rows))
    done.drawn.extend((origin, route, jobs) for (origin, route), jobs in drawn.items())
    return done


def job_name(plan: Plan, job: Job) -> str:
    """Object, route and the number of the pose."""
    return f"{plan.origins[job.origin].name}/{job.route}/{job.pose:04d}"


def _rows(plan: Plan, job: Job, layers: Layers) -> Iterator[Row]:
    """A row a plane and frame; the last frame of a plane is its projection too."""
    pixels = sequence(layers, frames=plan.frames, size_px=plan.size_px, kind=plan.kind)
    stops = frame_layers(len(layers.bits), plan.frames).tolist()
    floor_mm = float(layers.z_top_mm[0] - layers.height_mm[0])
    same = _same_for_all(plan, job, layers)
    for column, plane in enumerate(PLANES):
        picture = f"{same['job']}/{plane}"
        for frame, stop in enumerate(stops):
            yield same | {
                "image": {"bytes": png(pixels[frame, column]), "path": None},
                "plane": plane,
                "layer": stop,
                "z_mm": float(layers.z_top_mm[stop - 1]) - floor_mm,
                "random_split": random_split(picture),
            }


def _same_for_all(plan: Plan, job: Job, layers: Layers) -> Row:
    origin, pose = plan.origins[job.origin], plan.poses[job.pose]
    frame = frame_of(layers, cast_shadows(layers), plan.size_px)
    drawn = [route for route in plan.routes if route != GCODE]
    return {
        "label": LABEL_NAMES.index(origin.label),
        "weapon_shaped": origin.weapon_shaped,
        "job": job_name(plan, job),
        "model": origin.name,
        "family": origin.family,
        "source": origin.source,
        "route": job.route,
        **_angles(pose),
        "layers": len(layers.bits),
        "mm_per_px": frame.mm_per_px,
        **{f"extent_{axis}_mm": mm for axis, mm in zip("xyz", frame.extent_mm, strict=True)},
        "orientation_split": orientation_split(pose.roll_deg),
        "route_split": route_split(job.route, drawn),
        "model_fold": plan.model_folds[origin.family],
        "source_fold": plan.source_folds[origin.source],
    }


def _angles(pose: Pose) -> dict[str, float]:
    return {
        "roll_deg": pose.roll_deg,
        "pitch_deg": pose.pitch_deg,
        "yaw_deg": pose.yaw_deg,
    }

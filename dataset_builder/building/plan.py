"""What a build will do, decided before anything is drawn, and known by its digest.

A job is one object in one pose by one route. Jobs are numbered: origin by origin, pose by pose.
A unit of work is a run of jobs or of solids; it becomes one shard, whoever draws it and when.
"""

from __future__ import annotations

import hashlib
import json
import math
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np

from dataset_builder.building.poses import Pose
from dataset_builder.building.presets import GCODE
from dataset_builder.building.splits import model_folds, source_folds
from dataset_builder.render.views import Kind
from dataset_builder.sources.origin import Origin

FORMAT = 1
"""Of manifests and tables; a reader refuses what it does not know."""
SOLIDS_A_SHARD = 4  # a slicer may need seconds for each


class Job(NamedTuple):
    """origin: its number in the plan; pose: its number among the poses."""

    number: int
    origin: int
    pose: int
    route: str


@dataclass(frozen=True)
class Plan:
    """versions: of whatever decides bytes; settings: of each slicer's profile, as a digest."""

    preset: str
    seed: int
    size_px: int
    frames: int
    kind: Kind
    deal: Literal["pose", "origin"]
    jobs_a_shard: int
    poses: tuple[Pose, ...]
    routes: tuple[str, ...]
    origins: tuple[Origin, ...]
    skipped: tuple[tuple[str, str], ...]
    versions: Mapping[str, str]

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Plan:
        """What `to_json` gave."""
        parts = dict(values)
        parts["poses"] = tuple(Pose(*pose) for pose in parts["poses"])
        parts["origins"] = tuple(Origin(**origin) for origin in parts["origins"])
        parts["skipped"] = tuple((where, why) for where, why in parts["skipped"])
        parts["routes"] = tuple(parts["routes"])
        return cls(**parts)

    def to_json(self) -> dict[str, Any]:
        """Plain values; a pose is its three angles."""
        parts = {name: getattr(self, name) for name in self.__dataclass_fields__}
        parts["poses"] = [[p.roll_deg, p.pitch_deg, p.yaw_deg] for p in self.poses]
        parts["origins"] = [asdict(origin) for origin in self.origins]
        return parts

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything but where files lie on this machine."""
        parts = self.to_json()
        for origin in parts["origins"]:
            if origin["kind"] != "parametric":
                del origin["location"]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    @property
    def jobs(self) -> int:
        """How many, skipped ones included."""
        return len(self.origins) * len(self.poses)

    @property
    def units(self) -> dict[str, int]:
        """How many units of each kind there are."""
        return {
            "solids": math.ceil(len(self.solids) / SOLIDS_A_SHARD),
            "pictures": math.ceil(self.jobs / self.jobs_a_shard),
        }

    @property
    def pictures_a_job(self) -> int:
        """Projections and frames, on three planes."""
        return 3 * (1 + self.frames)

    @cached_property
    def model_folds(self) -> dict[str, int]:
        """Family -> fold."""
        return model_folds(self.origins)

    @cached_property
    def source_folds(self) -> dict[str, int]:
        """Source -> fold."""
        return source_folds(self.origins)

    @cached_property
    def solids(self) -> tuple[tuple[int, str], ...]:
        """(origin, route) of every solid that some job needs."""
        return tuple(
            (number, route)
            for number in range(len(self.origins))
            for route in sorted(set(self.routes_of(number)), key=self.routes.index)
        )

    def routes_of(self, origin: int) -> tuple[str, ...]:
        """The route of each pose of the object; evenly dealt, in an order of its own."""
        if self.origins[origin].kind == "gcode":
            return (GCODE,) * len(self.poses)
        drawn = [route for route in self.routes if route != GCODE]
        rng = np.random.default_rng([self.seed, zlib.crc32(self.origins[origin].name.encode())])
        if self.deal == "origin":
            return (drawn[rng.integers(len(drawn))],) * len(self.poses)
        deck = rng.permutation(np.arange(len(self.poses)) % len(drawn))
        return tuple(drawn[index] for index in deck)

    def jobs_of(self, unit: int) -> Iterator[Job]:
        """The jobs of picture shard *unit*."""
        first = unit * self.jobs_a_shard
        dealt: dict[int, tuple[str, ...]] = {}
        for number in range(first, min(first + self.jobs_a_shard, self.jobs)):
            origin, pose = divmod(number, len(self.poses))
            routes = dealt.setdefault(origin, self.routes_of(origin))
            yield Job(number, origin, pose, routes[pose])

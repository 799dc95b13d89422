"""`printwarden guard camera bench`: synthetic prints before a synthetic camera; who is accused.

Each trial is a whole print in sixteen looks. Of prints that are what was approved, a "differs" is
false; of others it is a catch. The corners are clicked with an error, the camera stands somewhere
else in each trial, and a gantry is in most pictures.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from classifier.runtime.print_order import PrintOrder
from printer_guard.benchmarks.camera_scene import SIZE_PX, Camera, Scene, Weather, photographed
from printer_guard.benchmarks.camera_shapes import BED_MM, SHAPES, Shape, gcode, shape
from printer_guard.camera.calibration import Calibration
from printer_guard.camera.comparing import Outcome
from printer_guard.camera.eye import Eye, Glance

LOOKS = 16
EMPTY_LOOKS = 2  # before anything is printed
FRAMES = 5
TOLERANCE_MM = 2.5
CLICKED_PX = 1.0  # standard deviation of a clicked corner
MIDDLE = LOOKS // 2
MARGIN_PX = 20  # between a corner of the bed and the edge of the picture
PLAIN = Weather(gantry=True)
COLOURS = ((0.15, 0.35, 0.9), (0.85, 0.85, 0.85), (0.75, 0.3, 0.1), (0.2, 0.75, 0.25))


@dataclass(frozen=True, slots=True)
class Course:
    """How a print goes. weather: before, and after_px from its middle on, where it changes.

    hand_looks: how many looks on end a hand is before the bed. pushed_px: error of the corners.
    gone: the camera gives nothing from the middle on.
    """

    weather: Weather = PLAIN
    after: Weather | None = None
    hand_looks: int = 0
    corners_off_px: float = 0.0
    gone: bool = False

    def at(self, look: int) -> Weather:
        """The weather of that look."""
        weather = self.after if self.after is not None and look >= MIDDLE else self.weather
        return replace(weather, hand=MIDDLE <= look < MIDDLE + self.hand_looks)


COURSES: Mapping[str, Course] = {
    "as it should be": Course(),
    "much noise": Course(Weather(gantry=True, noise=9.0)),
    "the light changes": Course(after=Weather(gantry=True, gain=0.65, slope=0.2)),
    "a lamp is switched on": Course(after=Weather(gantry=True, gain=1.35, slope=-0.15)),
    "a hand in two looks": Course(hand_looks=2),
    "the camera is pushed": Course(after=Weather(gantry=True, shift_px=14.0)),
    "corners 12 pixels off": Course(corners_off_px=12.0),
    "it goes dark": Course(after=Weather(gantry=True, gain=0.05)),
    "the lens is covered with mist": Course(after=Weather(gantry=True, blur=6.0)),
    "the camera is gone": Course(gone=True),
}  # fmt: skip


class Trial(NamedTuple):
    """One print. differs_at: share of the job when the camera first said so; None: never."""

    approved: str
    grown: str
    course: str
    differs_at: float | None
    last: Outcome | None
    matched_looks: int
    glances: list[Glance]
    ms: list[float]

    def facts(self) -> dict[str, object]:
        """For a line of JSON."""
        kept = self._asdict()
        del kept["glances"], kept["ms"]
        return {**kept, "ms": round(float(np.median(self.ms)), 1)}


@dataclass(frozen=True, slots=True)
class Print:
    """approved: what the job makes. grown: what grows instead. stops: share at which it ends."""

    approved: Shape
    grown: Shape
    course: str = "as it should be"
    stops: float = 1.0
    seed: int = 0
    words: str = ""


def trial(plan: Print, folder: Path) -> Trial:
    """Carry *plan* out; *folder* takes its job."""
    rng = np.random.default_rng(plan.seed)
    course = COURSES[plan.course]
    camera = _camera(rng)
    path = folder / f"{plan.approved.name}.gcode"
    path.write_bytes(gcode(plan.approved))
    eye = Eye(
        _calibration(camera, course, rng), PrintOrder(path), looks=3, tolerance_mm=TOLERANCE_MM
    )
    scene = Scene(camera, rng, COLOURS[plan.seed % len(COLOURS)])
    glances, times, first = [], [], 0
    for look in range(LOOKS):
        share = max(0.0, (look - EMPTY_LOOKS) / (LOOKS - 1 - EMPTY_LOOKS))
        past = round(plan.approved.layers * min(share, plan.stops))
        scene.grow(plan.grown, first, past)
        first = max(first, past)
        even = scene.picture()
        frames = [photographed(even, course.at(look), rng) for _ in range(FRAMES)]
        begun = time.process_time()
        if course.gone and look >= MIDDLE:
            glances.append(eye.blind("The camera cannot be reached."))
        else:
            glances.append(eye.look(frames, int(share * path.stat().st_size)))
        times.append(1000 * (time.process_time() - begun))
    return _result(plan, glances, times)


def plans(count: int) -> Iterator[Print]:
    """*count* prints that are what was approved, as many that are not."""
    names = list(SHAPES)
    for number in range(count):
        approved = shape(names[number % len(names)])
        course = list(COURSES)[number % len(COURSES)]
        yield Print(approved, approved, course, seed=number, words="the same")
    for number in range(count):
        approved = shape(names[number % len(names)])
        other = shape(names[(number + 1 + number // len(names)) % len(names)])
        name, grown, stops = _other(number, approved, other)
        yield Print(approved, grown, stops=stops, seed=1000 + number, words=name)


def measured(count: int) -> Iterator[tuple[Print, Trial]]:
    """Each of the plans, carried out."""
    with tempfile.TemporaryDirectory(prefix="printwarden-camera-") as folder:
        for plan in plans(count):
            yield plan, trial(plan, Path(folder))


def summed(trials: Sequence[tuple[Print, Trial]]) -> Iterator[str]:
    """A line for each sort of print, then the time of a look."""
    rows: dict[tuple[bool, str], list[Trial]] = {}
    for plan, one in trials:
        same = plan.approved == plan.grown and plan.stops == 1.0
        rows.setdefault((same, plan.course if same else plan.words), []).append(one)
    for (same, words), those in rows.items():
        said = [one.differs_at for one in those if one.differs_at is not None]
        blind = sum(one.last is Outcome.CANNOT_TELL for one in those)
        when = f", at {np.median(said):.0%} of the print" if said else ""
        sort = "approved" if same else "another"
        yield f"{sort:<9} {words:<30} {len(said):>3} of {len(those)} differ{when}; {blind} blind"
    for same, word in ((True, "false alarms"), (False, "catches")):
        those = [one for (sort, _), found in rows.items() if sort is same for one in found]
        hits = sum(one.differs_at is not None for one in those)
        low, high = wilson(hits, len(those))
        yield f"{word}: {hits} of {len(those)} ({low:.1%} to {high:.1%})"
    times = [ms for _, one in trials for ms in one.ms]
    yield f"a look: {np.median(times):.0f} ms of one core, the slowest {max(times):.0f}"


def wilson(hits: int, tries: int) -> tuple[float, float]:
    """95 % interval of a share. Source: Wilson, JASA 1927."""
    if not tries:
        return 0.0, 1.0
    z = 1.96
    share, spread = hits / tries, z * z / tries
    middle = share + spread / 2
    width = z * float(np.sqrt(share * (1 - share) / tries + spread / (4 * tries)))
    return max(0.0, (middle - width) / (1 + spread)), min(1.0, (middle + width) / (1 + spread))


def _other(number: int, approved: Shape, other: Shape) -> tuple[str, Shape, float]:
    """Something that is not *approved*: in turn another shape, the same elsewhere, less of it."""
    turns = (
        ("another shape", other, 1.0),
        ("another shape", replace(other, height_mm=max(other.height_mm, 40)), 1.0),
        ("the same and another", _both(approved, other), 1.0),
        ("it stops growing at half", approved, 0.5),
    )
    return turns[number % len(turns)]


def _both(approved: Shape, other: Shape) -> Shape:
    """*approved* with a smaller *other* beside it."""
    return replace(
        approved,
        name=f"{approved.name}+{other.name}",
        inside=lambda x, y, z: approved.inside(x, y, z) | other.inside(2 * x - 50, 2 * y, 2 * z),
    )


def _camera(rng: np.random.Generator) -> Camera:
    """A webcam on a stand before the printer that has the whole bed in its picture."""
    while True:
        eye = np.array([rng.uniform(20, 200), -rng.uniform(150, 260), rng.uniform(150, 300)])
        camera = Camera.at(eye, rng.uniform(500, 640))
        corners = camera.corners_px()
        if (corners > MARGIN_PX).all() and (corners < np.array(SIZE_PX) - MARGIN_PX).all():
            return camera


def _calibration(camera: Camera, course: Course, rng: np.random.Generator) -> Calibration:
    clicked = camera.corners_px() + rng.normal(0, CLICKED_PX, (4, 2)) + course.corners_off_px
    first, second, third, fourth = ((float(x), float(y)) for x, y in clicked)
    return Calibration((first, second, third, fourth), SIZE_PX, (BED_MM, BED_MM), (0.0, 0.0))


def _result(plan: Print, glances: list[Glance], times: list[float]) -> Trial:
    at = next((n for n, g in enumerate(glances) if g.decided is Outcome.DIFFERS), None)
    share = None if at is None else (at - EMPTY_LOOKS) / (LOOKS - 1 - EMPTY_LOOKS)
    matched = sum(glance.outcome is Outcome.MATCHES for glance in glances)
    return Trial(
        plan.approved.name, plan.grown.name, plan.course, share, glances[-1].decided, matched,
        glances, times,
    )  # fmt: skip

"""The guard with a camera: what differs is reviewed, and nothing is stopped unasked."""

import asyncio
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from printer_guard.benchmarks.camera_scene import SIZE_PX, Camera, Scene, Weather, photographed
from printer_guard.benchmarks.camera_shapes import gcode, shape
from printer_guard.camera.calibration import Calibration, load_calibration
from printer_guard.camera.commands import camera as camera_command
from printer_guard.camera.imaging import read_picture, write_picture
from printer_guard.policy import Action, Finding
from printer_guard.printers.base import JobOffered, JobStarted, Progress
from printer_guard.settings import Camera as CameraSettings
from printer_guard.settings import PrinterTable
from printer_guard.store import Stage
from tests.printer_guard.camera.web_camera import web_camera
from tests.printer_guard.scripted_printer import attended, until

PATIENCE_S = 300.0  # of a loaded machine; a pass takes a few seconds
EYE = np.array([150.0, -190.0, 210.0])


class Bed:
    """A bed before a camera on the web; `show` says how much of *thing* stands there."""

    def __init__(self, thing):
        self.thing = thing
        self.rng = np.random.default_rng(2)
        self.camera = Camera.at(EYE, 560)
        self.scene = Scene(self.camera, self.rng)
        self.layers = 0
        self.even = self.scene.picture()

    def show(self, share):
        past = round(share * self.thing.layers)
        self.scene.grow(self.thing, self.layers, past)
        self.layers = past
        self.even = self.scene.picture()

    def __call__(self):
        return photographed(self.even, Weather(), self.rng)

    def calibrate(self, path):
        first, second, third, fourth = map(tuple, self.camera.corners_px().tolist())
        Calibration((first, second, third, fourth), SIZE_PX, (220, 220), (0, 0)).save(path)


def printer_with(url, **actions):
    looks = {"interval_s": 0.05, "frames": 3, "frame_gap_s": 0, "looks": 2}
    return PrinterTable(
        kind="scripted", camera=CameraSettings(source=f"{url}/stream", **looks), actions=actions
    )


async def started(bench, thing):
    job = bench.job("box.gcode", gcode(thing))
    bench.printer.tell(JobOffered(job))
    await bench.asked("allow")
    bench.printer.tell(JobStarted(job))
    await bench.stage(job, Stage.PRINTING)
    case = bench.attendant.cases[job.id]
    await until(lambda: case.camera is not None)
    return job, case


async def looked(case, more):
    wanted = case.camera.looks + more
    async with asyncio.timeout(PATIENCE_S):
        while case.camera.looks < wanted:
            await asyncio.sleep(0.02)


async def print_it(bench, job, case, stage):
    """Print on until the camera says something, or to the end."""
    await looked(case, 2)
    for share in np.linspace(0.1, 1.0, 8):
        stage.show(share)
        bench.printer.tell(Progress(job, float(share)))
        await looked(case, 3)
        if case.camera.outcome == "differs":
            return


async def events_of(bench):
    def read(connection):
        return [json.loads(body) for (body,) in connection.execute("SELECT body FROM journal")]

    return await bench.site.records.call(read)


def test_another_thing_than_the_approved_raises_a_review_and_the_print_goes_on(tmp_path):
    stage = Bed(shape("towers"))

    async def life(url):
        async with attended(tmp_path, printers={"voron": printer_with(url)}) as bench:
            stage.calibrate(bench.site.settings.state / "camera" / "voron.json")
            job, case = await started(bench, shape("box"))
            await print_it(bench, job, case, stage)
            said = await bench.asked("say")
            (review,) = [e for e in await events_of(bench) if e["event"] == "camera_differs"]
            assert case.stage is Stage.PRINTING
            assert not bench.printer.asked_for("stop")
            assert "Printwarden's camera on box.gcode" in said[0][1]
            assert (review["finding"], review["stage"]) == ("camera_differs", "printing")
            assert read_picture(Path(review["picture"])).shape == (480, 640, 3)

    with web_camera(stage) as (url, _):
        asyncio.run(life(url))


def test_an_owner_who_wants_it_has_the_print_paused(tmp_path):
    stage = Bed(shape("towers"))

    async def life(url):
        table = printer_with(url, **{Finding.CAMERA_DIFFERS: Action.HOLD})
        async with attended(tmp_path, printers={"voron": table}) as bench:
            stage.calibrate(bench.site.settings.state / "camera" / "voron.json")
            job, case = await started(bench, shape("box"))
            await print_it(bench, job, case, stage)
            await bench.stage(job, Stage.PAUSED)
            assert case.finding == "camera_differs"

    with web_camera(stage) as (url, _):
        asyncio.run(life(url))


def test_a_camera_that_was_never_calibrated_is_noted_and_stops_nothing(tmp_path):
    async def life():
        table = printer_with("http://127.0.0.1:9")
        async with attended(tmp_path, printers={"voron": table}) as bench:
            _, case = await started(bench, shape("box"))
            await until(lambda: case.camera.outcome == "cannot tell")
            async with asyncio.timeout(PATIENCE_S):
                while not any(e["event"] == "camera_blind" for e in await events_of(bench)):
                    await asyncio.sleep(0.02)
            assert case.stage is Stage.PRINTING
            assert "is not calibrated" in case.camera.reason
            assert not bench.printer.asked_for("stop")

    asyncio.run(life())


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "guard.toml"
    path.write_text(
        f'[guard]\nstate = "{tmp_path}/state"\nruntime = "{tmp_path}"\n'
        '[guard.printers.voron]\nkind = "simulated"\n'
        '[guard.printers.voron.camera]\nsource = "/dev/video9"\n'
        '[guard.printers.bare]\nkind = "simulated"\n'
    )
    write_picture(tmp_path / "now.png", Bed(shape("box"))())
    return path


def command(*words):
    return CliRunner().invoke(camera_command, [str(word) for word in words])


def test_corners_are_named_once_and_looked_at(tmp_path, config):
    now, out = tmp_path / "now.png", tmp_path / "check.png"
    points = [f"{x:.0f},{y:.0f}" for x, y in Camera.at(EYE, 560).corners_px()]
    said = command("calibrate", "voron", "--points", *points, "--picture", now, "--config", config)
    assert "the camera stands at x 1" in said.output
    assert load_calibration(tmp_path / "state/camera/voron.json").size_px == SIZE_PX
    job = tmp_path / "box.gcode"
    job.write_bytes(gcode(shape("box")))
    words = ("--picture", now, "--job", job, "--out", out, "--config", config)
    assert command("look", "voron", *words).exit_code == 0
    drawn = (read_picture(out).astype(int) - read_picture(now)).any(axis=2)
    assert 0.01 < drawn.mean() < 0.2  # a grid and an outline, and nothing else


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("look", "prusa"), "no printer 'prusa'; there are: bare, voron"),
        (("look", "bare"), "there is no such table"),
        (("calibrate", "voron", "--points", "1,2", "3,4", "5,6", "x"), "is not two numbers"),
        (("look", "voron"), "/dev/video9: cannot be opened"),
    ],
)
def test_a_command_that_cannot_be_meant_is_answered_with_a_sentence(config, words, sentence):
    said = command(*words, "--config", config)
    assert said.exit_code == 2
    assert sentence in " ".join(said.output.split())


def test_every_setting_of_a_camera_is_documented():
    page = (Path(__file__).resolve().parents[3] / "docs/guard-camera.md").read_text()
    assert [key for key in CameraSettings.model_fields if f"`{key}`" not in page] == []

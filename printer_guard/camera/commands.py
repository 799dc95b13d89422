"""`printwarden guard camera ...`: thin, with every heavy import inside."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from printer_guard.camera.imaging import Picture
    from printer_guard.settings import Camera, Settings

T = TypeVar("T")
CONFIG = "/etc/printwarden/guard.toml"

config_option = click.option(
    "--config",
    default=CONFIG,
    show_default=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The guard's settings.",
)
picture_option = click.option(
    "--picture",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file instead of the camera.",
)


class Corner(click.ParamType[tuple[float, float]]):
    """x,y in pixels."""

    name = "x,y"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[float, float]:
        """Two numbers with a comma between."""
        try:
            x, y = (float(part) for part in str(value).split(","))
        except ValueError:
            self.fail(f"{value!r} is not two numbers with a comma between", param, ctx)
        return x, y


@click.group()
def camera() -> None:
    """Have a camera check that what grows on the bed is what was approved.

    \b
    $ printwarden guard camera look voron --out now.png       # see where the corners are
    $ printwarden guard camera calibrate voron --points 82,364 519,407 472,190 206,180
    $ printwarden guard camera look voron --out check.png     # the grid must lie on the bed
    """


@camera.command()
@click.argument("printer")
@click.option(
    "--points",
    nargs=4,
    required=True,
    type=Corner(),
    help="The bed's corners in pixels: front left, front right, back right, back left.",
)
@picture_option
@config_option
def calibrate(
    printer: str,
    points: tuple[tuple[float, float], ...],
    picture: Path | None,
    config: Path,
) -> None:
    """Say once where the bed's corners lie in the camera's picture of PRINTER.

    The camera must not be moved afterwards: what it stands on matters more than what it costs.
    """
    from printer_guard.camera.calibration import Calibration, calibration_path

    settings, table = _camera(config, printer)
    height, width = _said(lambda: _picture(table, picture)).shape[:2]
    first, second, third, fourth = points
    found = Calibration(
        (first, second, third, fourth), (width, height), table.bed_mm, table.origin_mm
    )
    pose = _said(found.pose)
    path = calibration_path(settings.state, printer)
    _said(lambda: found.save(path))
    x, y, z = pose.centre_mm
    click.echo(f"wrote {path}: the camera stands at x {x:.0f}, y {y:.0f}, z {z:.0f} mm")
    click.echo(f"now look whether that is so: printwarden guard camera look {printer}")


@camera.command()
@click.argument("printer")
@picture_option
@click.option(
    "--job",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Draw the outline of that job; of the one that prints unless given.",
)
@click.option(
    "--out",
    default=Path("evidence.png"),
    show_default=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The picture that is written.",
)
@config_option
def look(printer: str, picture: Path | None, job: Path | None, out: Path, config: Path) -> None:
    """Draw the bed's grid, and what should stand on it, over the camera's picture of PRINTER."""
    from printer_guard.camera.calibration import calibration_path, load_calibration
    from printer_guard.camera.evidence import draw_calibration
    from printer_guard.camera.imaging import write_picture
    from printer_guard.errors import CameraError

    settings, table = _camera(config, printer)
    seen = _said(lambda: _picture(table, picture))
    try:
        found = load_calibration(calibration_path(settings.state, printer))
        pose = found.pose()
    except CameraError as error:
        _said(lambda: write_picture(out, seen))
        click.echo(f"wrote {out} without a grid. {error}")
        return
    path, byte = (job, None) if job is not None else _running(settings, printer)
    outline = _said(lambda: _outline(path, byte, pose, found.size_px))
    _said(lambda: write_picture(out, draw_calibration(seen, pose, found.corners_mm, outline)))
    more = ", the outline on the print" if path else ""
    click.echo(f"wrote {out}: the grid must lie on the bed{more}")


@camera.command("bench")
@click.option("--prints", default=24, show_default=True, help="Of each sort: right and wrong ones.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a print.")
def bench(prints: int, as_json: bool) -> None:
    """Let synthetic prints grow before a synthetic camera, and count who is accused."""
    from printer_guard.benchmarks.camera import measured, summed

    trials = []
    for plan, trial in measured(prints):
        trials.append((plan, trial))
        if as_json:
            click.echo(json.dumps({**trial.facts(), "grows": plan.words}))
    for line in () if as_json else summed(trials):
        click.echo(line)


def _camera(config: Path, printer: str) -> tuple[Settings, Camera]:
    """The settings, and those of the camera of *printer*."""
    from printer_guard.settings_file import read_settings

    settings = _said(lambda: read_settings(config))
    table = settings.printers.get(printer)
    if table is None:
        known = ", ".join(sorted(settings.printers)) or "none"
        raise click.UsageError(f"no printer {printer!r}; there are: {known}")
    if table.camera is None:
        where = f"{config}, [guard.printers.{printer}.camera]"
        raise click.UsageError(f"{where}: there is no such table. See docs/guard-camera.md")
    return settings, table.camera


def _picture(table: Camera, path: Path | None) -> Picture:
    from printer_guard.camera.imaging import read_picture
    from printer_guard.camera.sources import open_source

    if path is not None:
        return read_picture(path)
    with open_source(table.source, table.hosts) as source:
        return source.read()


def _running(settings: Settings, printer: str) -> tuple[Path | None, int | None]:
    """The copy of what prints now and how far it is, as the guard says; None without one."""
    from printer_guard.client import ask
    from printer_guard.errors import ControlError

    try:
        status = ask(settings.socket, "GET", "/v1/status")
    except ControlError:
        return None, None
    jobs = [job for one in status["printers"] if one["name"] == printer for job in one["jobs"]]
    for job in jobs:
        if job["camera"] is not None:
            return settings.state / "copies" / job["id"], job["camera"]["byte"]
    return None, None


def _outline(path: Path | None, byte: int | None, pose: Any, size_px: tuple[int, int]) -> Any:
    """The outline of the job at *path* up to *byte*, or of all of it."""
    from classifier.runtime.print_order import PrintOrder
    from printer_guard.camera.expected import Silhouette

    if path is None:
        return []
    silhouette = Silhouette(pose, size_px)
    name = path.name if path.suffix else f"{path.name}.gcode"  # a copy is named by its job's id
    for strokes in PrintOrder(path, name).until_byte(path.stat().st_size if byte is None else byte):
        silhouette.add(strokes)
    return silhouette.outline()


def _said(work: Callable[[], T]) -> T:
    """*work*, or exit 2 with the sentence that says why it cannot be done."""
    from printer_guard.errors import GuardError

    try:
        return work()
    except GuardError as error:
        raise click.UsageError(str(error)) from error

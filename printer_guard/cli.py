"""`printwarden guard ...`: thin, with every heavy import inside."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from printer_guard.benchmarks.command import bench
from printer_guard.camera.commands import camera

if TYPE_CHECKING:
    from printer_guard.settings import Settings

T = TypeVar("T")
CONFIG = "/etc/printwarden/guard.toml"
HELD, STOPPED = 3, 4  # exit statuses, as those of `scan`
COLOURS = {"held": "yellow", "paused": "yellow", "stopping": "red", "printing": "green"}

config_option = click.option(
    "--config",
    "config",
    default=CONFIG,
    show_default=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The guard's settings.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object.")


@click.group()
def guard() -> None:
    """Stand between jobs and a printer: hold, watch, stop.

    \b
    $ printwarden guard init            # finds printers on this host and writes the settings
    $ printwarden guard run             # as the systemd unit does
    $ printwarden guard status
    """


@guard.command()
@config_option
def run(config: Path) -> None:
    """Guard the printers of the settings until stopped. SIGHUP reads the settings anew."""
    import asyncio

    from printer_guard.daemon import Guard
    from printer_guard.logs import set_up_logs

    settings = _settings(config)
    set_up_logs(settings.log)

    async def life() -> None:
        guard = _said(lambda: Guard(settings, reread=lambda: _reread(config)))
        await guard.run()

    asyncio.run(life())


@guard.command()
@config_option
@click.option("--name", default=None, help="Of this guard, in reports.")
@click.option("--printer", "wanted", multiple=True, help="Take only found printers of that name.")
@click.option("--yes", is_flag=True, help="Ask nothing: take what was found.")
@click.option("--force", is_flag=True, help="Write over an existing file.")
def init(config: Path, name: str | None, wanted: tuple[str, ...], yes: bool, force: bool) -> None:
    """Find printers on this host, ask, and write the settings.

    \b
    $ printwarden guard init --config guard.toml
    $ printwarden guard init --config guard.toml --yes --printer ttyUSB0
    """
    from printer_guard.discovery import find_printers
    from printer_guard.init import settings_text

    if config.exists() and not force:
        raise click.UsageError(f"{config} exists; --force writes over it")
    found = [printer for printer in find_printers() if not wanted or printer.name in wanted]
    for printer in found:
        click.echo(f"found {printer.name}: {printer.about}")
    if not found:
        click.echo("found no printer; the file will hold one that is simulated")
    kept = [p for p in found if yes or click.confirm(f"Guard {p.name}?", default=True)]
    if name is None:
        name = "guard" if yes else click.prompt("A name for this guard", default="guard")
    observe = not yes and click.confirm(
        "Only observe at first, and stop nothing? (Change `mode` in the file later)", default=False
    )
    text = settings_text(name, kept, observe=observe)
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(text, encoding="utf-8")
    click.echo(f"wrote {config}; now: printwarden guard run --config {config}")


@guard.command()
@config_option
@json_option
def status(config: Path, as_json: bool) -> None:
    """Show printers, open jobs and why they are held."""
    answer = _ask(config, "GET", "/v1/status")
    if as_json:
        click.echo(json.dumps(answer))
        return
    click.echo(f"{answer['guard']}: {answer['mode']}; records {answer['records']}; "
               f"console {answer['console']}")  # fmt: skip
    for printer in answer["printers"]:
        where = f"lost ({printer['lost']})" if printer["lost"] else "reached"
        click.echo(f"{printer['name']}: {where}{'' if printer['jobs'] else ', no job'}")
        for job in printer["jobs"]:
            stage = click.style(f"{job['stage']:<9}", fg=COLOURS.get(job["stage"]))
            click.echo(f"  {job['id'][:8]}  {stage} {job['name']}: {job['reason']}")
            if seen := job["camera"]:
                word = seen["outcome"] or "has not decided"
                click.echo(
                    f"            camera {word} after {seen['looks']} looks: {seen['reason']}"
                )


@guard.command()
@config_option
@json_option
def jobs(config: Path, as_json: bool) -> None:
    """List the last jobs, newest first."""
    for job in _ask(config, "GET", "/v1/jobs"):
        line = f"{job['id'][:8]}  {job['stage']:<9} {job['printer']}  {job['name']}"
        click.echo(json.dumps(job) if as_json else line)


@guard.command()
@click.argument("job")
@click.option("--why", required=True, help="Goes into the journal.")
@click.option("--by", default=None, help="Who decides; the user of this shell unless given.")
@config_option
def release(job: str, why: str, by: str | None, config: Path) -> None:
    """Let a held or paused JOB print: its id, or the first digits of it.

    The word holds for these very bytes on that printer, this time and later.

    \b
    $ printwarden guard release 4f2a --why "a prop for the theatre"
    """
    body = {"by": by or getpass.getuser(), "why": why}
    _ask(config, "POST", f"/v1/jobs/{job}/release", body)
    click.echo("released")


@guard.command()
@click.argument("job")
@click.option("--why", required=True, help="Goes into the journal.")
@click.option("--by", default=None, help="Who decides; the user of this shell unless given.")
@config_option
def cancel(job: str, why: str, by: str | None, config: Path) -> None:
    """End a JOB, held or printing: its id, or the first digits of it."""
    body = {"by": by or getpass.getuser(), "why": why}
    _ask(config, "POST", f"/v1/jobs/{job}/cancel", body)
    click.echo("cancelled")


@guard.command()
@click.argument("job", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@config_option
@json_option
def test(job: Path, config: Path, as_json: bool) -> None:
    """Scan JOB as the guard would, say what would become of it, and touch no printer.

    Exit status: 0 it would print, 3 it would be held, 4 it would be refused.
    """
    from printer_guard.rehearsal import rehearse

    found = rehearse(_settings(config), job)
    click.echo(json.dumps(found) if as_json else f"{found['action']}: {found['reason']}")
    for printer in () if as_json else found["printers"]:
        click.echo(f"  {printer['name']}: {printer['would']}")
    sys.exit({"release": 0, "hold": HELD, "refuse": STOPPED}[found["action"]])


@guard.command()
@config_option
def reload(config: Path) -> None:
    """Have the guard read its settings anew, but for printers and folders."""
    _ask(config, "POST", "/v1/reload", {})
    click.echo("reloaded")


@guard.command()
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
@config_option
def update(folder: Path, config: Path) -> None:
    """Take the signed policy or model in FOLDER, if it is newer than the one in use."""
    taken = _ask(config, "POST", "/v1/update", {"path": str(folder.absolute())})
    click.echo(f"took version {taken['version']} of the {taken['kind']}")


@guard.command()
@config_option
@json_option
def config(config: Path, as_json: bool) -> None:
    """Show every setting, its value and where it comes from."""
    from printer_guard.settings_file import explain_settings

    for value in _said(lambda: list(explain_settings(config))):
        if as_json:
            row = {"key": value.key, "value": value.value, "from": value.origin}
            click.echo(json.dumps(row, default=str))
        else:
            click.echo(f"{value.key} = {value.value}  ({value.origin})  {value.about}")


@guard.command()
@config_option
def verify(config: Path) -> None:
    """Prove that nobody changed the journal; names the first entry that is not as written."""
    from printer_guard.database import FILE
    from printer_guard.journal import verify

    path = _settings(config).state / FILE
    count = _said(lambda: verify(path))
    click.echo(f"{count} entries, each as it was written")


@guard.command()
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("demo-output"))
def demo(output: Path) -> None:
    """Let a guard stop a simulated printer in the middle of a print, and show why."""
    from printer_guard.demo import show

    show(output)


guard.add_command(bench)
guard.add_command(camera)


def _settings(config: Path) -> Settings:
    from printer_guard.settings_file import read_settings

    return _said(lambda: read_settings(config))


def _reread(config: Path) -> Settings:
    from printer_guard.settings_file import read_settings

    return read_settings(config)


def _ask(config: Path, method: str, target: str, body: dict[str, Any] | None = None) -> Any:
    from printer_guard.client import ask

    socket = _settings(config).socket
    return _said(lambda: ask(socket, method, target, body))


def _said(work: Callable[[], T]) -> T:
    """*work*, or exit 2 with the sentence that says why it cannot be done."""
    from printer_guard.errors import GuardError

    try:
        return work()
    except GuardError as error:
        raise click.UsageError(str(error)) from error

"""`printwarden console`: thin, with every heavy import inside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from web.which_console import open_database, options, ready_database, settings_of

LOOPBACK = ("127.", "localhost", "[::1]", "unix:")
Target = tuple[Path | None, dict[str, Any]]


@click.group(invoke_without_command=True)
@click.option("--bind", default="127.0.0.1:8080", show_default=True, metavar="HOST:PORT")
@options
@click.pass_context
def console(
    context: click.Context,
    bind: str,
    database: str | None,
    state: Path | None,
    config: Path | None,
) -> None:
    """Start the review console, and say how to make its administrator.

    \b
    $ printwarden console
    $ printwarden console --bind 0.0.0.0:8080 --database postgresql+psycopg:///printwarden
    """
    if context.invoked_subcommand is not None:
        context.obj = (config, {"database": database, "state": state})
        return
    from web.first_start import prepare
    from web.serving import serve

    settings = settings_of(config, database=database, state=state, bind=bind)
    base = open_database(settings)
    for site, link in prepare(base, settings):
        click.echo(f"Make the administrator of {site} (works once, for a day): {link}")
    base.close()
    if not bind.startswith(LOOPBACK) and not settings.public_url.startswith("https://"):
        click.echo("Reachable by others without TLS: put a proxy with TLS before it.", err=True)
    click.echo(f"The console is at {settings.public_url}", err=True)
    serve(settings, bind)


@console.command("demo")
@click.argument(
    "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), default="demo-output"
)
@click.option("--bind", default="127.0.0.1:8080", show_default=True, metavar="HOST:PORT")
@click.option("--check", is_flag=True, help="Fill it, see that its queue opens, and end.")
def demo(folder: Path, bind: str, check: bool) -> None:
    """Start a console, kept in FOLDER, that holds the jobs which `printwarden demo` left there.

    \b
    $ printwarden demo
    $ printwarden console demo
    """
    from web.demo import fill
    from web.first_start import prepare
    from web.serving import serve

    settings = settings_of(None, state=folder / "console", bind=bind)
    base = open_database(settings)
    links = prepare(base, settings)
    count = fill(base, folder)
    base.close()
    if check:
        _say_that_it_opens(folder)
        return
    for _site, link in links:
        click.echo(f"Make your account (works once): {link}")
    click.echo(f"The console is at {settings.public_url} and has {count} new jobs. End it: Ctrl+C")
    serve(settings, bind)


def _say_that_it_opens(folder: Path) -> None:
    """Raise ClickException when it does not, or shows no job."""
    from web.rehearsal import queue_of

    names = queue_of(folder / "console")
    if not names:
        raise click.ClickException(f"the console in {folder / 'console'} opens and shows no job")
    click.echo(f"\nA console holds these {len(names)} jobs: {', '.join(names)}.")
    click.echo(f"Its pages answer. Open it:  printwarden console demo {folder}")


@console.command("site")
@click.argument("name")
@click.pass_obj
def add_site(target: Target, name: str) -> None:
    """Found another site, whose people and jobs no other site sees; print its first link.

    \b
    $ printwarden console site "Library"
    """
    from web.auth.people import found_site
    from web.first_start import link

    settings = settings_of(target[0], **target[1])
    with ready_database(settings).writing() as session:
        _, secret = found_site(session, name)
    click.echo(link(settings, secret))


@console.command("reset")
@click.argument("login")
@click.pass_obj
def reset(target: Target, login: str) -> None:
    """Print a link with which LOGIN sets a new password: for who is locked out.

    \b
    $ printwarden console reset ann
    """
    from web.auth.people import reset_by_login

    settings = settings_of(target[0], **target[1])
    with ready_database(settings).writing() as session:
        secret = reset_by_login(session, login)
    if secret is None:
        raise click.UsageError(f"nobody signs in as {login!r}")
    click.echo(f"{settings.public_url}/password/{secret}")


@console.command("purge")
@click.pass_obj
def purge(target: Target) -> None:
    """Delete now what is kept too long (the console does so every hour).

    \b
    $ printwarden console purge
    """
    from web.retention import purge

    settings = settings_of(target[0], **target[1])
    click.echo(json.dumps(purge(ready_database(settings), settings)))

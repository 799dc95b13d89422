"""`printwarden audit`: prove the log, export it, note where it ends."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from web.which_console import open_database, options, settings_of

if TYPE_CHECKING:
    from web.audit.verify import Finding
    from web.db import Database

BROKEN = 4


@click.group()
def audit() -> None:
    """Prove and export the console's audit log."""


@audit.command("verify")
@click.argument("file", required=False, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--witness",
    type=click.Path(exists=True, path_type=Path),
    help="What `audit witness` printed earlier: shows a tail that was cut off.",
)
@options
def verify(
    file: Path | None,
    witness: Path | None,
    database: str | None,
    state: Path | None,
    config: Path | None,
) -> None:
    """Prove the log of every site, or an export in FILE; name the first broken record.

    Exit status: 0 all records hold, 4 one does not.

    \b
    $ printwarden audit verify
    $ printwarden audit verify printwarden-log.jsonl --witness monday.json
    """
    witnesses = json.loads(witness.read_text(encoding="utf-8")) if witness else {}
    findings = (
        _of_file(file, witnesses)
        if file
        else _of_database(
            open_database(settings_of(config, database=database, state=state)), witnesses
        )
    )
    for site, found in findings.items():
        holds = (
            f"all {found.records} records hold"
            if found.broken is None
            else (f"record {found.broken} does not hold: {found.why}")
        )
        click.echo(f"{site}: {holds}")
        for remark in found.remarks:
            click.echo(f"{site}: {remark}")
    sys.exit(BROKEN if any(found.broken is not None for found in findings.values()) else 0)


@audit.command("export")
@click.option("--format", "kind", type=click.Choice(["jsonl", "csv"]), default="jsonl")
@click.option("--site", default="", help="Id of the site; of the first one unless given.")
@options
def export(
    kind: str, site: str, database: str | None, state: Path | None, config: Path | None
) -> None:
    """Print the log of a site.

    \b
    $ printwarden audit export --format csv > log.csv
    """
    from web.audit.reading import as_csv, as_json_lines, links, sites

    base = open_database(settings_of(config, database=database, state=state))
    with base.session() as session:
        known = [each for each in sites(session) if each != "console"]
        chosen = site or (known[0] if known else "console")
        write = {"jsonl": as_json_lines, "csv": as_csv}[kind]
        for line in write(links(session, chosen)):
            click.echo(line, nl=False)


@audit.command("witness")
@options
def witness(database: str | None, state: Path | None, config: Path | None) -> None:
    """Print the last record of every site, to be kept somewhere else.

    \b
    $ printwarden audit witness > monday.json
    """
    from web.audit.reading import heads

    with open_database(settings_of(config, database=database, state=state)).session() as session:
        click.echo(json.dumps(heads(session), sort_keys=True))


def _of_file(file: Path, witnesses: dict[str, Any]) -> dict[str, Finding]:
    from web.audit.reading import from_json_lines
    from web.audit.verify import verify as proved

    with file.open(encoding="utf-8") as text:
        try:
            chain = list(from_json_lines(text))
        except ValueError as error:
            raise click.UsageError(str(error)) from error
    site = str(json.loads(chain[0].body).get("site")) if chain else file.name
    return {site: proved(chain, _seen(witnesses, site))}


def _of_database(base: Database, witnesses: dict[str, Any]) -> dict[str, Finding]:
    from web.audit.reading import check, sites

    with base.session() as session:
        names = sorted({*sites(session), *witnesses})
        return {site: check(session, site, _seen(witnesses, site)) for site in names}


def _seen(witnesses: dict[str, Any], site: str) -> dict[int, str]:
    """What a witness has seen of a site: sequence -> hash."""
    told = witnesses.get(site)
    return {int(told["sequence"]): str(told["hash"])} if told else {}

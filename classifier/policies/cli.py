"""`printwarden policy`: which rules there are, and what a site's own come to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from classifier.runtime.policy import Rule, Rules


@click.group()
def policy() -> None:
    """Say what a site's rules come to.

    \b
    $ printwarden policy list
    $ printwarden policy show new-york
    $ printwarden policy show site.toml --json
    """


@policy.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a policy, one line each.")
def list_(as_json: bool) -> None:
    """The policies that ship with Printwarden."""
    from classifier.runtime.policy_file import preset_names, read_policy

    names = preset_names()
    for name in names:
        about = read_policy(name).about
        if as_json:
            click.echo(json.dumps({"policy": name, "about": about}))
        else:
            click.echo(f"{name:<{max(map(len, names))}}  {about}")


@policy.command()
@click.argument("source", metavar="NAME|FILE", default="default")
@click.option(
    "--model",
    type=click.Path(exists=True, path_type=Path),
    help="Model bundle whose own thresholds are the starting point.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def show(source: str, model: Path | None, as_json: bool) -> None:
    """What holds for each shape under a policy, and where it comes from.

    \b
    $ printwarden policy show new-york
    """
    from classifier.runtime.bundle import load_bundle
    from classifier.runtime.errors import ClassifierError
    from classifier.runtime.policy_file import read_policy

    try:
        bundle = load_bundle(model)
        rules = read_policy(source).applied(bundle.thresholds, bundle.labels)
    except ClassifierError as error:
        raise click.UsageError(str(error)) from error
    click.echo(json.dumps(rules.to_json()) if as_json else _page(rules, bundle.description))


def _page(rules: Rules, network: str) -> str:
    """The table a person reads."""
    head = ("label", "action", "review from", "flagged from", "where it came from")
    rows = [head, *(_row(rule) for rule in rules.labels)]
    widths = [max(len(row[k]) for row in rows) for k in range(len(head))]
    table = [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([
        f"{rules.policy}: {rules.about}" if rules.about else rules.policy,
        "",
        *table,
        "",
        f"unlike anything known: {rules.unfamiliar} ({rules.unfamiliar_origin})",
        f"the network: {network}",
    ])  # fmt: skip


def _row(rule: Rule) -> tuple[str, ...]:
    from classifier.runtime.policy import Action

    if rule.action is Action.IGNORE:
        return rule.label, rule.action.value, "never", "never", rule.action_origin
    flag = f"{rule.flag_at.at:.2f}" if rule.action is Action.JUDGE else "never"
    origins = [rule.review_at.origin, rule.flag_at.origin, rule.action_origin]
    return rule.label, rule.action.value, f"{rule.review_at.at:.2f}", flag, _where(origins)


def _where(origins: list[str]) -> str:
    """Each origin once, the most particular last."""
    return ", ".join(dict.fromkeys(origins))

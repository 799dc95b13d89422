"""The pages at the top of every page, by what a person may see."""

from __future__ import annotations

from typing import NamedTuple

from flask import Flask, current_app, request, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _
from flask_login import current_user

from web.models.people import Role


class Page(NamedTuple):
    """A row of the table. endpoint: blueprint.view; the whole blueprint counts as this page."""

    endpoint: str
    words: LazyString
    role: Role = Role.VIEWER


class Entry(NamedTuple):
    """A link at the top."""

    url: str
    words: LazyString
    current: bool


PAGES = (
    Page("review.queue", _("Queue")),
    Page("fleet.overview", _("Printers")),
    Page("standing.listed", _("Permits")),
    Page("scans.box", _("Scan a file"), Role.REVIEWER),
    Page("reports.month", _("Reports")),
    Page("audit.log", _("Log"), Role.ADMINISTRATOR),
    Page("administration.list_people", _("People"), Role.ADMINISTRATOR),
    Page("administration.list_keys", _("Keys"), Role.ADMINISTRATOR),
)


def navigation() -> list[Entry]:
    """What the person may see."""
    here = request.endpoint or ""
    return [
        Entry(url_for(page.endpoint), page.words, _is_here(page.endpoint, here))
        for page in PAGES
        if current_user.may(page.role) and page.endpoint in current_app.view_functions
    ]


def _is_here(endpoint: str, here: str) -> bool:
    """Administration has two entries; elsewhere a blueprint is one."""
    blueprint, _, _ = endpoint.partition(".")
    if blueprint == "administration":
        return endpoint == here
    return here.startswith(f"{blueprint}.")


def install(app: Flask) -> None:
    """Give it to templates."""
    app.jinja_env.globals["navigation"] = navigation

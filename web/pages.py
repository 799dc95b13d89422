"""All blueprints in one list: a page that is not here does not exist."""

from __future__ import annotations

from flask import Blueprint, Flask, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect

from web import metrics, navigation, shown
from web.api import routes as api
from web.appeals import routes as appeals
from web.audit import routes as audit
from web.auth import administration, passkey_routes
from web.auth import routes as auth
from web.evidence import routes as evidence
from web.fleet import routes as fleet
from web.privacy import routes as privacy
from web.reports import routes as reports
from web.review import routes as review
from web.scans import routes as scans
from web.standing import routes as standing

BLUEPRINTS: tuple[Blueprint, ...] = (
    auth.bp,
    passkey_routes.bp,
    administration.bp,
    audit.bp,
    metrics.bp,
    review.bp,
    evidence.bp,
    fleet.bp,
    standing.bp,
    scans.bp,
    reports.bp,
    appeals.bp,
    privacy.bp,
)
WITH_KEYS: tuple[Blueprint, ...] = (api.bp,)
"""Served to programs: no cookie is read there, so there is no form to forge."""


def install(app: Flask, csrf: CSRFProtect) -> None:
    """Register every page of the console."""
    for blueprint in (*BLUEPRINTS, *WITH_KEYS):
        app.register_blueprint(blueprint)
    for blueprint in WITH_KEYS:
        csrf.exempt(blueprint)
    app.add_url_rule("/", "home", home)
    metrics.install(app)
    shown.install(app)
    navigation.install(app)


def home() -> ResponseReturnValue:
    """The first page is the queue; who is not signed in is asked to by it."""
    return redirect(url_for("review.queue"), code=303)

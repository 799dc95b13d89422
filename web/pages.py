"""All blueprints in one list: a page that is not here does not exist."""

from __future__ import annotations

from flask import Blueprint, Flask, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import CSRFProtect

from web.auth import administration
from web.auth import routes as auth

BLUEPRINTS: tuple[Blueprint, ...] = (auth.bp, administration.bp)
WITH_KEYS: tuple[Blueprint, ...] = ()
"""Served to programs: no cookie is read there, so there is no form to forge."""


def install(app: Flask, csrf: CSRFProtect) -> None:
    """Register every page of the console."""
    for blueprint in (*BLUEPRINTS, *WITH_KEYS):
        app.register_blueprint(blueprint)
    for blueprint in WITH_KEYS:
        csrf.exempt(blueprint)
    app.add_url_rule("/", "home", home)


def home() -> ResponseReturnValue:
    """The first page: the queue, for who is signed in."""
    if not current_user.is_authenticated:
        return redirect("/sign-in", code=303)
    return render_template("home.html")

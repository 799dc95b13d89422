"""The page that says what is stored; open to all: jobs are of people without accounts as well."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template

bp = Blueprint("privacy", __name__)


@bp.get("/privacy")
def stored() -> str:
    """What is stored, for how long, and who can ask for what."""
    return render_template("privacy/stored.html", settings=current_app.config["PRINTWARDEN"])

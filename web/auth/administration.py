"""Pages of who may come in: people and the keys of programs."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from web.api import keys
from web.auth import people
from web.auth.access import person, role_required
from web.db import database, session
from web.errors import NotMeant
from web.models.people import Role, Site

bp = Blueprint("administration", __name__)


@bp.get("/people")
@role_required(Role.ADMINISTRATOR)
def list_people() -> ResponseReturnValue:
    """All people of the site, and how to let somebody in."""
    return _people()


@bp.post("/people/invite")
@role_required(Role.ADMINISTRATOR)
def invite() -> ResponseReturnValue:
    """Make a link with which somebody joins."""
    with database().writing() as writing:
        secret = people.invite(writing, person().actor, _role())
    return _people(link=url_for("auth.join", how="invitation", token=secret, _external=True))


@bp.post("/people/<user_id>/role")
@role_required(Role.ADMINISTRATOR)
def change_role(user_id: str) -> ResponseReturnValue:
    """Give a person another role."""
    with database().writing() as writing:
        people.change_role(writing, person().actor, user_id, _role())
    return redirect(url_for("administration.list_people"), code=303)


@bp.post("/people/<user_id>/<any(close, erase):what>")
@role_required(Role.ADMINISTRATOR)
def close(user_id: str, what: str) -> ResponseReturnValue:
    """Close an account, or close it and forget whose it was."""
    with database().writing() as writing:
        {"close": people.close, "erase": people.erase}[what](writing, person().actor, user_id)
    return redirect(url_for("administration.list_people"), code=303)


@bp.post("/people/<user_id>/password")
@role_required(Role.ADMINISTRATOR)
def reset_password(user_id: str) -> ResponseReturnValue:
    """Make a link with which a person sets a new password."""
    with database().writing() as writing:
        secret = people.reset_password(writing, person().actor, user_id)
    return _people(link=url_for("auth.password", token=secret, _external=True))


@bp.post("/people/two-persons")
@role_required(Role.ADMINISTRATOR)
def two_persons() -> ResponseReturnValue:
    """Whether a flagged job is released by two people."""
    with database().writing() as writing:
        people.set_two_persons(writing, person().actor, on=request.form.get("on") == "yes")
    return redirect(url_for("administration.list_people"), code=303)


@bp.get("/keys")
@role_required(Role.ADMINISTRATOR)
def list_keys() -> ResponseReturnValue:
    """The keys of programs."""
    return _keys()


@bp.post("/keys")
@role_required(Role.ADMINISTRATOR)
def make_key() -> ResponseReturnValue:
    """Make a key; it is shown once."""
    with database().writing() as writing:
        secret = keys.make(
            writing, person().actor, request.form.get("name", ""), request.form.getlist("scope")
        )
    return _keys(secret=secret)


@bp.post("/keys/<key_id>/revoke")
@role_required(Role.ADMINISTRATOR)
def revoke_key(key_id: str) -> ResponseReturnValue:
    """Revoke a key at once."""
    with database().writing() as writing:
        keys.revoke(writing, person().actor, key_id)
    return redirect(url_for("administration.list_keys"), code=303)


def _people(link: str = "") -> str:
    site = session().get_one(Site, person().site_id)
    rows = people.of_site(session(), site.id)
    return render_template("auth/people.html", people=rows, roles=list(Role), site=site, link=link)


def _keys(secret: str = "") -> str:
    rows = keys.of_site(session(), person().site_id)
    return render_template("auth/keys.html", keys=rows, scopes=keys.SCOPES, secret=secret)


def _role() -> Role:
    try:
        return Role(request.form.get("role", ""))
    except ValueError as error:
        raise NotMeant("There are the roles %(roles)s.", roles=", ".join(Role)) from error

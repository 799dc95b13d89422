"""Adding, removing and signing in with passkeys: what passkey.js talks to."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, flash, jsonify, redirect, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from web.actor import Actor
from web.auth import account as accounts
from web.auth import passkeys, sign_ins
from web.auth.access import person, require_confirmed, role_required
from web.auth.routes import PENDING, next_page, remember
from web.db import database
from web.errors import NotAuthentic, NotMeant, Refused
from web.limits import limiter
from web.models.people import Role, User
from web.refusals import note
from web.wording import words_of

bp = Blueprint("passkeys", __name__)


@bp.post("/account/passkeys/options")
@role_required(Role.VIEWER)
def begin() -> ResponseReturnValue:
    """What the browser needs to make a passkey."""
    require_confirmed()
    with database().writing() as writing:
        return _json(passkeys.begin_adding(writing, writing.get_one(User, person().id), _url()))


@bp.post("/account/passkeys")
@role_required(Role.VIEWER)
@limiter.limit("10 per minute")
def add() -> ResponseReturnValue:
    """Keep the passkey that the browser has made."""
    told = _told()
    with database().writing() as writing:
        user = writing.get_one(User, person().id)
        passkeys.add(writing, user, told.get("credential"), str(told.get("name", "")), _url())
    flash(_("The passkey is kept. From now on it is asked for after the password."))
    return jsonify(next=url_for("auth.account"))


@bp.post("/account/passkeys/<hex:passkey_id>/remove")
@role_required(Role.VIEWER)
def remove(passkey_id: str) -> ResponseReturnValue:
    """Forget a passkey of one's own."""
    require_confirmed()
    with database().writing() as writing:
        passkeys.remove(writing, writing.get_one(User, person().id), passkey_id)
    flash(_("The passkey is removed."))
    return redirect(url_for("auth.account"), code=303)


@bp.post("/sign-in/passkey/options")
@limiter.limit("20 per minute")
def ask() -> ResponseReturnValue:
    """What the browser asks the passkey of who has shown the password."""
    user_id = _pending()
    with database().writing() as writing:
        return _json(passkeys.begin_sign_in(writing, writing.get_one(User, user_id), _url()))


@bp.post("/sign-in/passkey")
@limiter.limit("10 per minute")
def sign_in() -> ResponseReturnValue:
    """Let in who has shown the password and now the passkey."""
    user_id, told = _pending(), _told()
    with database().session() as reader:
        who = Actor(reader.get_one(User, user_id).site_id, f"user:{user_id}")
    try:
        with database().writing() as writing:
            user = writing.get_one(User, user_id)
            passkeys.accept(writing, user, told.get("credential"), _url())
            remember(sign_ins.begin(writing, user))
    except Refused as error:
        note("passkey-wrong", user_id, who=who, why=error.message, detail=error.detail)
        return jsonify(message=words_of(error)), error.status
    return jsonify(next=next_page())


def _pending() -> str:
    """Whose password was right a moment ago. Raises NotAuthentic."""
    user_id = accounts.who_is_pending(cookie.get(PENDING, ""))
    if user_id is None:
        raise NotAuthentic("Sign in with name and password first.", event="passkey-wrong")
    return user_id


def _told() -> dict[str, Any]:
    told = request.get_json(silent=True)
    if not isinstance(told, dict):
        raise NotMeant("The answer of a passkey is an object of JSON.")
    return told


def _url() -> str:
    found: str = current_app.config["PRINTWARDEN"].public_url
    return found


def _json(text: str) -> Response:
    return Response(text, mimetype="application/json")

"""Who may see a page: `@role_required(Role.REVIEWER)`, and who is asking."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, cast

from flask import Flask, current_app, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import LoginManager, current_user

from web.auth import passkeys, sign_ins
from web.auth.sign_ins import Person
from web.clock import MINUTE_S, now
from web.db import session
from web.errors import NotAllowed
from web.models.people import Role
from web.shown import role_words

P = ParamSpec("P")
R = TypeVar("R")
CONFIRMED_S = 15 * MINUTE_S  # so long a password counts for what is grave


def install(app: Flask) -> None:
    """Let Flask-Login find people by their sign-ins."""
    manager = LoginManager(app)
    manager.user_loader(_load)
    manager.unauthorized_handler(_sign_in_first)


def person() -> Person:
    """Who is signed in; only for pages that require a role."""
    return cast(Person, current_user._get_current_object())  # noqa: SLF001 (Flask-Login's proxy)


def role_required(role: Role) -> Callable[[Callable[P, R]], Callable[P, R | ResponseReturnValue]]:
    """Only people who may do what *role* may reach the page."""

    def decorate(view: Callable[P, R]) -> Callable[P, R | ResponseReturnValue]:
        @wraps(view)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R | ResponseReturnValue:
            if not current_user.is_authenticated:
                return _sign_in_first()
            if not person().may(role):
                raise NotAllowed(
                    "This needs the role %(role)s.", event="not-allowed", role=role_words(role)
                )
            if request.endpoint not in WITHOUT_SECOND_FACTOR and _must_set_one_up(person()):
                flash(_("Set up a second factor first: this console requires one."))
                return redirect(url_for("auth.account"), code=303)
            return view(*args, **kwargs)

        checked.required_role = role  # type: ignore[attr-defined]  # read by the tests' role matrix
        return checked

    return decorate


WITHOUT_SECOND_FACTOR = (
    "auth.account", "auth.choose_language", "auth.confirm", "auth.sign_out",
    "auth.totp_begin", "auth.totp_confirm", "passkeys.begin", "passkeys.add",
)  # fmt: skip


def confirmed_lately() -> bool:
    """Whether the person has shown the password or a code some minutes ago."""
    return now() - person().confirmed_at < CONFIRMED_S


def require_confirmed() -> None:
    """Second factors are changed by who has just shown a password: a cookie alone is not enough."""
    if not confirmed_lately():
        raise NotAllowed(
            "Show your password again first, on the page of your account.", event="not-confirmed"
        )


def _load(secret: str) -> Person | None:
    found = sign_ins.find(secret)
    if found is not None:
        g.actor = found.actor
    return found


def _sign_in_first() -> ResponseReturnValue:
    target = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("auth.sign_in", next=target), code=303)


def _must_set_one_up(who: Person) -> bool:
    required = current_app.config["PRINTWARDEN"].require_second_factor
    if not required or not who.may(Role.REVIEWER) or who.has_totp:
        return False
    return not passkeys.has_any(session(), who.id)

"""Pages of signing in and out, and of one's own account."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user

from web.actor import Actor
from web.auth import account as accounts
from web.auth import passkeys, people, sign_ins, totp
from web.auth.access import confirmed_lately, person, require_confirmed, role_required
from web.auth.sign_ins import Ended
from web.db import database, session
from web.limits import limiter, per_account
from web.models.people import Purpose, Role, User
from web.refusals import note
from web.wording import LANGUAGES

bp = Blueprint("auth", __name__)
JOINING = {
    "start": Purpose.FIRST_ADMINISTRATOR,
    "invitation": Purpose.INVITATION,
}
PENDING = "pending"  # in the cookie: whose password was right, until the code is too


@bp.route("/<any(start, invitation):how>/<token>", methods=["GET", "POST"])
@limiter.limit("20 per minute")
def join(how: str, token: str) -> ResponseReturnValue:
    """Make an account with a one-time link."""
    purpose = JOINING[how]
    if request.method == "GET":
        accounts.check_link(session(), purpose, token)
        return render_template("auth/join.html", first=purpose is Purpose.FIRST_ADMINISTRATOR)
    with database().writing() as writing:
        user = people.join(
            writing,
            purpose,
            token,
            login=request.form.get("login", ""),
            name=request.form.get("name", ""),
            password=request.form.get("password", ""),
        )
        remember(sign_ins.begin(writing, user))
    return redirect(url_for("auth.account"), code=303)


@bp.route("/password/<token>", methods=["GET", "POST"])
@limiter.limit("20 per minute")
def password(token: str) -> ResponseReturnValue:
    """Set a new password with a one-time link that an administrator gave."""
    if request.method == "GET":
        accounts.check_link(session(), Purpose.PASSWORD, token)
        return render_template("auth/password.html")
    with database().writing() as writing:
        accounts.password_by_link(writing, token, request.form.get("password", ""))
    flash(_("The password is set. Sign in with it."))
    return redirect(url_for("auth.sign_in"), code=303)


@bp.route("/sign-in", methods=["GET", "POST"])
@limiter.limit("20 per minute", methods=["POST"])
@limiter.limit("5 per minute", methods=["POST"], key_func=per_account)
def sign_in() -> ResponseReturnValue:
    """Ask for name and password, then for a code where there is a second factor."""
    if request.method == "GET":
        return render_template("auth/sign_in.html", oidc=current_app.config["PRINTWARDEN"].oidc)
    login, given = request.form.get("login", ""), request.form.get("password", "")
    with database().writing() as writing:
        user = accounts.by_password(writing, login, given)
        second = user is not None and accounts.has_second_factor(writing, user)
        if user is not None and not second:
            remember(sign_ins.begin(writing, user))
        user_id = user.id if user else None
    if user_id is None:
        message = _("Name or password is wrong.")
        return render_template("auth/sign_in.html", message=message), 401
    if second:
        cookie.clear()
        cookie[PENDING] = accounts.pending(user_id)
        return redirect(url_for("auth.code", next=request.args.get("next")), code=303)
    return redirect(next_page(), code=303)


@bp.route("/sign-in/code", methods=["GET", "POST"])
@limiter.limit("5 per minute", methods=["POST"])
def code() -> ResponseReturnValue:
    """Ask for the second factor; a passkey is answered for in passkey_routes.py."""
    user_id = accounts.who_is_pending(cookie.get(PENDING, ""))
    if user_id is None:
        return redirect(url_for("auth.sign_in"), code=303)
    if request.method == "GET":
        return _code_page(user_id)
    with database().writing() as writing:
        user = writing.get_one(User, user_id)
        good = totp.accept(user, request.form.get("code", ""))
        if good:
            remember(sign_ins.begin(writing, user))
        site_id = user.site_id
    if not good:
        note("code-wrong", user_id, who=Actor(site_id, f"user:{user_id}"))
        return _code_page(user_id, message=_("This code is wrong or was used.")), 401
    return redirect(next_page(), code=303)


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the sign-in."""
    if current_user.is_authenticated:
        sign_ins.end(person().sign_in_id, person().actor, Ended.SIGNED_OUT)
    logout_user()
    cookie.clear()
    return redirect(url_for("auth.sign_in"), code=303)


@bp.get("/account")
@role_required(Role.VIEWER)
def account() -> ResponseReturnValue:
    """One's own account: password, second factor, sign-ins."""
    rows = accounts.open_sign_ins(session(), person().id)
    return render_template(
        "auth/account.html",
        sign_ins=rows,
        person=person(),
        passkeys=passkeys.of_person(session(), person().id),
        passkeys_possible=passkeys.possible(current_app.config["PRINTWARDEN"].public_url),
        languages=LANGUAGES,
        confirmed=confirmed_lately(),
    )


@bp.post("/account/language")
@role_required(Role.VIEWER)
def choose_language() -> ResponseReturnValue:
    """The language of pages for this person, wherever they sign in."""
    with database().writing() as writing:
        people.choose_language(writing, person().id, request.form.get("language", ""))
    return redirect(url_for("auth.account"), code=303)


@bp.post("/account/password")
@role_required(Role.VIEWER)
@limiter.limit("5 per minute")
def change_password() -> ResponseReturnValue:
    """Change one's own password, showing the old one."""
    with database().writing() as writing:
        accounts.change_password(
            writing, person(), request.form.get("old", ""), request.form.get("password", "")
        )
    flash(_("The password is changed; all other sign-ins have ended."))
    return redirect(url_for("auth.account"), code=303)


@bp.post("/account/confirm")
@role_required(Role.VIEWER)
@limiter.limit("5 per minute")
def confirm() -> ResponseReturnValue:
    """Show the password again, before something grave."""
    with database().writing() as writing:
        accounts.confirm(writing, person(), request.form.get("password", ""))
    return redirect(next_page(), code=303)


@bp.post("/account/totp")
@role_required(Role.VIEWER)
def totp_begin() -> ResponseReturnValue:
    """Show a new secret for an authenticator; it counts once a code was given."""
    require_confirmed()
    secret = totp.new_secret()
    address = totp.address(secret, person().login)
    cookie["totp"] = secret
    return render_template("auth/totp.html", secret=secret, address=address)


@bp.post("/account/totp/confirm")
@role_required(Role.VIEWER)
@limiter.limit("5 per minute")
def totp_confirm() -> ResponseReturnValue:
    """Take the new secret into use."""
    with database().writing() as writing:
        accounts.enrol_totp(writing, person(), cookie.get("totp", ""), request.form.get("code", ""))
    cookie.pop("totp", None)
    flash(_("The second factor is set up."))
    return redirect(url_for("auth.account"), code=303)


@bp.post("/account/sign-ins/<sign_in_id>/end")
@role_required(Role.VIEWER)
def end_sign_in(sign_in_id: str) -> ResponseReturnValue:
    """End another sign-in of one's own."""
    accounts.own_sign_in(session(), person().id, sign_in_id)
    sign_ins.end(sign_in_id, person().actor, Ended.SIGNED_OUT)
    return redirect(url_for("auth.account"), code=303)


def remember(who: sign_ins.Person) -> None:
    """Begin anew: nothing of the cookie before the sign-in is kept (no fixation)."""
    cookie.clear()
    cookie.permanent = True
    login_user(who)


def _code_page(user_id: str, message: str = "") -> str:
    user = session().get_one(User, user_id)
    return render_template(
        "auth/code.html",
        message=message,
        code=user.totp_secret is not None,
        passkey=passkeys.has_any(session(), user_id),
    )


def next_page() -> str:
    """Where the person wanted to go, if that is a page of ours."""
    target = request.args.get("next") or ""
    parts = urlsplit(target)
    ours = target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.netloc
    return target if ours and "\\" not in target else "/"

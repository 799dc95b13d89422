"""Sign-in by somebody else (OpenID Connect); Authlib does the protocol.

A person signs in so only when an administrator has linked the account: the subject is learned the
first time from a verified e-mail address that equals the name to sign in with. Nobody is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Blueprint, Flask, redirect, url_for
from flask.typing import ResponseReturnValue
from joserfc.errors import JoseError
from sqlalchemy import select
from sqlalchemy.orm import Session

from web.audit.chain import append
from web.auth import sign_ins
from web.auth.routes import remember
from web.db import database
from web.errors import NotAllowed, NotAuthentic
from web.models.people import User
from web.settings import Oidc

EXTENSION = "printwarden-oidc"
# What an answer that does not hold makes Authlib raise, besides an issuer that is not there.
BROKEN = (OAuthError, JoseError, requests.RequestException, KeyError, ValueError, RuntimeError)


def install(app: Flask, settings: Oidc) -> None:
    """Add the two pages, and what Authlib needs to know of the issuer."""
    oauth = OAuth(app)
    app.extensions[EXTENSION] = oauth.register(
        "issuer",
        client_id=settings.client_id,
        client_secret=settings.client_secret_file.read_text(encoding="utf-8").strip(),
        server_metadata_url=f"{settings.issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid email", "code_challenge_method": "S256"},
    )
    app.register_blueprint(_pages(app, settings))


def found_person(session: Session, claims: Mapping[str, Any], issuer: str) -> User:
    """The person that *claims* speak of. Raises NotAllowed when there is none."""
    subject = f"{issuer}#{claims.get('sub', '')}"
    user = session.scalar(select(User).where(User.oidc_subject == subject, User.active))
    if user is None and claims.get("email_verified") is True:
        query = select(User).where(
            User.login == str(claims.get("email", "")), User.active, User.oidc_subject.is_(None)
        )
        user = session.scalar(query)
        if user is not None:
            user.oidc_subject = subject
    if user is None:
        raise NotAllowed(
            "Nobody of this console has that account. Ask an administrator to invite you.",
            event="sign-in-failed",
            detail="oidc",
        )
    return user


def _pages(app: Flask, settings: Oidc) -> Blueprint:
    bp = Blueprint("oidc", __name__)
    issuer = app.extensions[EXTENSION]
    expected = {"iss": {"essential": True, "value": settings.issuer}}

    @bp.post("/sign-in/elsewhere")
    def start() -> ResponseReturnValue:
        """Send the browser to the issuer."""
        try:
            answer: ResponseReturnValue = issuer.authorize_redirect(
                url_for("oidc.back", _external=True)
            )
        except BROKEN as error:
            raise NotAuthentic(
                "The sign-in elsewhere does not answer. Try again.",
                event="sign-in-failed",
                detail=type(error).__name__,
            ) from error
        return answer

    @bp.get("/sign-in/back")
    def back() -> ResponseReturnValue:
        """The browser comes back; state, nonce and signature are checked by Authlib."""
        try:
            claims = issuer.authorize_access_token(claims_options=expected)["userinfo"]
        except BROKEN as error:
            raise NotAuthentic(
                "The sign-in elsewhere did not work. Try again.",
                event="sign-in-failed",
                detail=type(error).__name__,
            ) from error
        with database().writing() as session:
            user = found_person(session, claims, claims["iss"])
            who = sign_ins.begin(session, user)
            append(session, who.actor, "signed-in-elsewhere", who.id)
        remember(who)
        return redirect("/", code=303)

    return bp

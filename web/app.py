"""The application factory: settings in, a console out."""

from __future__ import annotations

import os
import secrets
from datetime import timedelta
from pathlib import Path

from flask import Flask, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from web import converters, limits, pages, refusals, security, wording
from web.auth import access, oidc
from web.clock import HOUR_S
from web.db import Database, attach
from web.errors import NotAllowed
from web.settings import Settings

OWNER_ONLY = 0o600
FORM_BYTES = 1024 * 1024
csrf = CSRFProtect()


def create_app(settings: Settings, database: Database | None = None) -> Flask:
    """A console. database: as migrated; opened by the settings unless given."""
    app = Flask(__name__)
    converters.install(app)
    secure = settings.public_url.startswith("https://")
    app.config.update(
        PRINTWARDEN=settings,
        SECRET_KEY=_secret_key(settings.state.expanduser()),
        SESSION_COOKIE_NAME="__Host-printwarden" if secure else "printwarden",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        # Longer than a sign-in may last, so that the end of one is seen and noted here.
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.session_most_h + 24),
        MAX_CONTENT_LENGTH=FORM_BYTES,  # a view that takes files says so itself
        MAX_FORM_PARTS=200,
        WTF_CSRF_TIME_LIMIT=int(settings.session_most_h * HOUR_S),
        WTF_CSRF_SSL_STRICT=secure,
    )
    if settings.proxies:
        count = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    attach(app, database or Database(settings.database_url))
    security.protect(app, secure=secure, sign_in_at=settings.oidc.issuer if settings.oidc else "")
    refusals.install(app)
    limits.install(app, enabled=settings.rate_limits)
    access.install(app)
    app.before_request(_guard_the_door)  # before CSRF: a refusal is noted under the person's name
    csrf.init_app(app)
    wording.install(app)
    if settings.oidc:
        oidc.install(app, settings.oidc)
    pages.install(app, csrf)
    return app


def _guard_the_door() -> ResponseReturnValue | None:
    """Know who asks before anything is refused, so that the log can say so."""
    if request.path.startswith(("/api/", "/static/")):
        return None
    if current_user.is_authenticated:
        limits.allow_files()
    if security.cross_site() and request.method not in ("GET", "HEAD"):
        raise NotAllowed("Forms of this console are sent from its own pages.", event="form-forged")
    return None


def _secret_key(folder: Path) -> str:
    """The key that signs cookies, made at the first start, readable by its owner only."""
    path = folder / "secret-key"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text(encoding="ascii").strip()

"""How often somebody may try, and how much may be sent.

Flask-Limiter counts, in memory, since the console is one process.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, request
from flask_limiter import Limiter

from web.auth.secret import hashed
from web.settings import Settings

View = TypeVar("View", bound=Callable[..., Any])


def address() -> str:
    """The caller's address; a proxy's word counts only as `settings.proxies` says."""
    return request.remote_addr or "nowhere"


def per_account() -> str:
    """One account, wherever the tries come from."""
    return f"account:{hashed(request.form.get('login', ''))}"


limiter = Limiter(address, storage_uri="memory://", headers_enabled=True, strategy="moving-window")


def install(app: Flask, *, enabled: bool) -> None:
    """Count in *app*."""
    app.config["RATELIMIT_ENABLED"] = enabled
    limiter.init_app(app)


def takes_files(most_bytes: Callable[[Settings], int]) -> Callable[[View], View]:
    """Mark a page whose form carries a file. most_bytes: of the whole request."""

    def mark(view: View) -> View:
        view.most_bytes = most_bytes  # type: ignore[attr-defined]
        return view

    return mark


def allow_files() -> None:
    """Let the form of a marked page be as large as that page says; for who is signed in.

    It has to happen before the token against forged forms is looked for: that reads the form.
    """
    most_bytes = getattr(current_app.view_functions.get(request.endpoint or ""), "most_bytes", None)
    if most_bytes is not None:
        request.max_content_length = most_bytes(current_app.config["PRINTWARDEN"])

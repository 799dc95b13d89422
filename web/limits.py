"""How often somebody may try; Flask-Limiter counts, in memory, since the console is one process."""

from __future__ import annotations

from flask import Flask, request
from flask_limiter import Limiter

from web.auth.secret import hashed


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

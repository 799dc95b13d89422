"""Headers of every answer: what a page may load, and who may show it.

No script or style stands in a page: files of our own only, so that a name with a script tag stays
a name. A nonce lets templates mark JSON or module scripts that the policy should run.
Sources: OWASP ASVS 5.0, 3.4; MDN on Content-Security-Policy.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from flask import Flask, Response, g, request

POLICY: Mapping[str, str] = {
    "default-src": "'none'",
    "script-src": "'self' 'nonce-{nonce}'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "worker-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'{form_action}",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "object-src": "'none'",
}
HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
YEAR_S = 365 * 24 * 3600


def protect(app: Flask, *, secure: bool, sign_in_at: str = "") -> None:
    """Set the headers. sign_in_at: where the sign-in form may lead besides here (OIDC)."""
    form_action = f" {sign_in_at}" if sign_in_at else ""

    @app.after_request
    def _headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        policy = "; ".join(f"{name} {value}" for name, value in POLICY.items())
        response.headers.setdefault(
            "Content-Security-Policy", policy.format(nonce=nonce(), form_action=form_action)
        )
        if secure:
            response.headers["Strict-Transport-Security"] = f"max-age={YEAR_S}"
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    app.jinja_env.globals["csp_nonce"] = nonce


def nonce() -> str:
    """The nonce of this answer: 128 random bits."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    found: str = g.csp_nonce
    return found


def cross_site() -> bool:
    """Whether a browser says that the request was started by another site's page."""
    return request.headers.get("Sec-Fetch-Site", "same-origin") == "cross-site"

"""An OpenID Connect issuer, small and whole: discovery, authorization code with PKCE, tokens, keys.

It says what it is told to say, also what no honest issuer would.
Source: OpenID Connect Core 1.0, sections 2 and 3.1; RFC 7636.
"""

import base64
import hashlib
import secrets
import threading
import time
from urllib.parse import urlencode

from flask import Flask, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from werkzeug.serving import make_server

CLIENT, SECRET = "console", "a secret of both"


class Issuer:
    """`said`: claims that differ from the honest ones; None leaves one out. `key` signs."""

    def __init__(self):
        self.honest = RSAKey.generate_key(2048, {"kid": "1"})
        self.key, self.said, self.codes = self.honest, {}, {}
        self.server = make_server("127.0.0.1", 0, self._app(), threaded=True)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.thread.join()

    def _app(self):
        app = Flask("issuer")
        app.get("/.well-known/openid-configuration")(self._discovery)
        app.get("/authorize")(self._authorize)
        app.post("/token")(self._token)
        app.get("/keys")(lambda: KeySet([self.honest]).as_dict(private=False))
        return app

    def _discovery(self):
        return jsonify(
            issuer=self.url,
            authorization_endpoint=f"{self.url}/authorize",
            token_endpoint=f"{self.url}/token",
            jwks_uri=f"{self.url}/keys",
            id_token_signing_alg_values_supported=["RS256"],
        )

    def _authorize(self):
        code = secrets.token_urlsafe(16)
        self.codes[code] = request.args
        query = urlencode({"code": code, "state": request.args["state"]})
        return redirect(f"{request.args['redirect_uri']}?{query}")

    def _token(self):
        asked = self.codes.pop(request.form["code"], None)
        digest = hashlib.sha256(request.form["code_verifier"].encode()).digest()
        proved = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        known = request.authorization
        honest = asked is not None and asked["code_challenge"] == proved
        if not honest or (known.username, known.password) != (CLIENT, SECRET):
            return jsonify(error="invalid_grant"), 400
        token = jwt.encode({"alg": "RS256", "kid": "1"}, self._claims(asked), self.key)
        return jsonify(access_token="opaque", token_type="Bearer", id_token=token)

    def _claims(self, asked):
        now = int(time.time())
        claims = {
            "iss": self.url, "sub": "7", "aud": CLIENT, "iat": now, "exp": now + 300,
            "nonce": asked["nonce"], "email": "ann@example.org", "email_verified": True,
        } | self.said  # fmt: skip
        return {name: value for name, value in claims.items() if value is not None}

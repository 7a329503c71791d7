"""A small OpenID Connect provider on loopback: authorization code with PKCE, signed id tokens."""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT: Final = "placet-tests"
SECRET: Final = "the client's secret"  # noqa: S105 - of the provider in tests
KEY: Final = rsa.generate_private_key(public_exponent=65537, key_size=2048)
FORGED: Final = rsa.generate_private_key(public_exponent=65537, key_size=2048)

Json = dict[str, Any]


class Provider:
    """Who is signed in there is `person`; `signs_with`, `claims` and `userinfo` are for telling lies."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.person: Json = {}
        self.claims: Json = {}
        self.userinfo: Json = {}
        self.signs_with = KEY
        self.codes: dict[str, Json] = {}
        self.tokens: dict[str, Json] = {}

    def configuration(self) -> Json:
        """What is where."""
        paths = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
        return {
            "issuer": self.issuer,
            "jwks_uri": f"{self.issuer}/jwks",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            **{f"{name}_endpoint": f"{self.issuer}/{path}" for name, path in paths.items()},
        }

    def keys(self) -> Json:
        """What its word is checked with."""
        known = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
        return {"keys": [known | {"kid": "k1", "alg": "RS256", "use": "sig"}]}

    def authorize(self, asked: Json) -> str:
        """Where the browser goes next, as if the person had just said yes."""
        assert asked["client_id"] == CLIENT
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256"), asked
        assert {"openid", "email"} <= set(asked["scope"].split())
        code = secrets.token_urlsafe()
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def page(self, asked: Json) -> str:
        """What a browser shows there: a link for yes, one for no."""
        no = f"{asked['redirect_uri']}?{urlencode({'error': 'access_denied', 'state': asked['state']})}"
        links = (
            f'<a href="{escape(href)}">{words}</a>'
            for href, words in ((self.authorize(asked), "Go on"), (no, "Stop"))
        )
        return f"<!doctype html><html lang=en><title>Acme ID</title><h1>Acme ID</h1>{' '.join(links)}"

    def token(self, said: Json) -> Json | None:
        """A code, once, for who proves to have asked for it."""
        asked = self.codes.pop(said.get("code", ""), None)
        proof = base64.urlsafe_b64encode(hashlib.sha256(said.get("code_verifier", "").encode()).digest())
        if (
            not asked
            or (said["client_id"], said["client_secret"]) != (CLIENT, SECRET)
            or asked["redirect_uri"] != said["redirect_uri"]
            or proof.decode().rstrip("=") != asked["code_challenge"]
        ):
            return None
        access, now = secrets.token_urlsafe(), int(time.time())
        self.tokens[access] = self.person | self.userinfo
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 60,
            **self.person,
            **self.claims,
        }
        signed = jwt.encode(claims, self.signs_with, "RS256", headers={"kid": "k1"})
        return {"access_token": access, "token_type": "Bearer", "expires_in": 60, "id_token": signed}


@contextmanager
def running() -> Iterator[Provider]:
    """One that serves."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.provider = Provider(f"http://127.0.0.1:{server.server_port}")  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.provider  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    @property
    def provider(self) -> Provider:
        found: Provider = self.server.provider  # type: ignore[attr-defined]
        return found

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/.well-known/openid-configuration":
            self._answer(self.provider.configuration())
        elif path == "/jwks":
            self._answer(self.provider.keys())
        elif path == "/userinfo":
            token = self.headers["Authorization"].removeprefix("Bearer ")
            self._answer(self.provider.tokens.get(token))
        elif path == "/authorize":
            asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            self._send(200, "text/html", self.provider.page(asked).encode())
        else:
            self._send(404, "text/plain", b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._answer(self.provider.token({name: values[0] for name, values in parse_qs(body).items()}))

    def _answer(self, said: Json | None) -> None:
        body = json.dumps(said or {"error": "invalid_grant"}).encode()
        self._send(200 if said else 400, "application/json", body)

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""

"""`python -m tests.portal.oidc_provider --port N`: a small OpenID provider, as strict as the specifications are.

It shares no code with the portal's client. Whom it signs in (`login`), and how it misbehaves (`misbehave`), the test adds to
the authorization request, in place of a person who types a name at it. Under `/false` it calls itself another.
"""

import argparse
import base64
import hashlib
import secrets
import time
from typing import Any
from urllib.parse import unquote, urlencode

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "portal & pages", "a secret: 100 % sure"
SECONDS = 60


def provider(issuer: str, redirect_uri: str) -> FastAPI:
    app = FastAPI()
    key, wrong_key = (RSAKey.generate_key(2048, {"kid": "one"}) for _ in range(2))
    codes: dict[str, dict[str, str]] = {}

    @app.get("/false/.well-known/openid-configuration")
    @app.get("/.well-known/openid-configuration")
    async def configuration() -> dict[str, Any]:
        return {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    @app.get("/keys")
    async def keys() -> dict[str, Any]:
        return {"keys": [key.as_dict(private=False)]}

    @app.get("/authorize")
    async def authorize(request: Request, login: str, misbehave: str = "") -> Response:
        asked = dict(request.query_params)
        needed = {
            "client_id": CLIENT,
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "code_challenge_method": "S256",
        }
        if any(asked.get(name) != value for name, value in needed.items()) or "openid" not in asked["scope"].split():
            return JSONResponse({"error": "invalid_request"}, status_code=400)
        code = secrets.token_urlsafe(16)
        codes[code] = asked | {"login": login, "at": str(time.time()), "misbehave": misbehave}
        return RedirectResponse(f"{redirect_uri}?{urlencode({'code': code, 'state': asked['state'], 'iss': issuer})}")

    @app.post("/token")
    async def token(request: Request) -> Response:
        form = await request.form()
        basic = base64.b64decode(request.headers.get("authorization", "").removeprefix("Basic ")).decode()
        name, _, secret = basic.partition(":")
        if (unquote(name), unquote(secret)) != (CLIENT, SECRET):
            return JSONResponse({"error": "invalid_client"}, status_code=401)
        asked = codes.pop(str(form.get("code")), None)  # once
        verifier = str(form.get("code_verifier", ""))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if (
            asked is None
            or form.get("grant_type") != "authorization_code"
            or form.get("redirect_uri") != redirect_uri
            or challenge != asked["code_challenge"]
            or time.time() - float(asked["at"]) > SECONDS
        ):
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        now, misbehave = int(time.time()), asked["misbehave"]
        claims: dict[str, Any] = {
            "iss": issuer,
            "sub": hashlib.sha256(asked["login"].encode()).hexdigest(),
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "preferred_username": asked["login"],
        }
        claims |= {
            "issuer": {"iss": "https://somebody.else.example"},
            "audience": {"aud": "another client"},
            "several audiences": {"aud": [CLIENT, "another client"]},
            "nonce": {"nonce": "of another sign-in"},
            "expired": {"iat": now - 900, "exp": now - 600},
            "nobody": {"preferred_username": None},
        }.get(misbehave, {})
        header = {"alg": "RS256", "kid": "one"}
        signed = jwt.encode(header, claims, wrong_key if misbehave == "key" else key)
        if misbehave == "unsigned":
            parts = (
                base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (b'{"alg":"none"}', _json(claims))
            )
            signed = ".".join([*parts, ""])
        return JSONResponse({"access_token": secrets.token_urlsafe(), "token_type": "Bearer", "id_token": signed})

    return app


def _json(claims: dict[str, Any]) -> bytes:
    return JSONResponse(claims).body  # type: ignore[return-value]


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--port", type=int, required=True)
    asked.add_argument("--redirect-uri", required=True)
    given = asked.parse_args()
    app = provider(f"http://127.0.0.1:{given.port}", given.redirect_uri)
    uvicorn.run(app, port=given.port, log_level="error")


if __name__ == "__main__":
    main()

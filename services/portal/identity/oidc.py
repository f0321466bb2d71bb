"""Staff of another identity provider (OpenID Connect Core 1.0): authorization code with PKCE, state and nonce.

The provider says who somebody is; what they may do stands in their account here, and without one nobody comes in.
What must be remembered between leaving and coming back is sealed into a cookie of this browser.
"""

import json
import secrets
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlencode

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from libs.policy.refused import Refused
from services.portal.identity.sealed import Seal

BACK = "/sign-in/provider/back"
"""Where the provider sends people back to; to be registered there, after the public URL."""
GOOD_FOR_SECONDS = 600
SKEW_SECONDS = 60
ALGORITHMS = ["RS256", "ES256", "PS256"]
TIMEOUT_SECONDS = 10


@dataclass(frozen=True)
class Leaving:
    """Where to send somebody, and what this browser keeps meanwhile."""

    url: str
    kept: str


class Provider:
    """One provider. `claim`: of the ID token, that names the account here. `http`: a transport of tests."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str,
        *,
        claim: str,
        public_url: str,
        seal: Seal,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.issuer = issuer
        self._client = (client_id, client_secret)
        self._claim = claim
        self._back = public_url + BACK
        self._seal = seal
        self._transport = transport
        self._known: dict[str, Any] = {}

    async def leave(self, *, then: str) -> Leaving:
        """`then`: the page that was wanted. Raises `Refused` (503) when the provider does not answer."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        async with self._opened() as client:
            found = await self._discover(client)
        asked = {
            "response_type": "code",
            "client_id": self._client[0],
            "redirect_uri": self._back,
            "scope": "openid profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
        }
        endpoint = found["authorization_endpoint"]
        url = f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"
        kept = json.dumps({"state": state, "nonce": nonce, "verifier": verifier, "then": then})
        return Leaving(url, self._seal.close(kept))

    async def come_back(self, query: dict[str, str], kept: str) -> tuple[str, str]:
        """The account's name and the page that was wanted. Raises `Refused` (401) when anything does not fit, (503) when
        the provider does not answer."""
        try:
            mine = json.loads(self._seal.open(kept, seconds=GOOD_FOR_SECONDS))
        except ValueError:
            raise _not_signed_in() from None
        if not secrets.compare_digest(query.get("state", "").encode(), mine["state"].encode()) or "code" not in query:
            raise _not_signed_in()
        if query.get("iss", self.issuer) != self.issuer:  # RFC 9207: the answer of another provider
            raise _not_signed_in()
        async with self._opened() as client:
            found = await self._discover(client)
            token = await self._redeem(client, found["token_endpoint"], query["code"], mine["verifier"])
            claims = await self._read(client, token.get("id_token", ""), mine["nonce"])
        name = claims.get(self._claim)
        if not isinstance(name, str) or not name:
            raise _not_signed_in()
        return name, mine["then"]

    def _opened(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(timeout=TIMEOUT_SECONDS, transport=self._transport, trust_env=False)

    async def _discover(self, client: httpx.AsyncClient) -> dict[str, Any]:
        if not self._known:
            url = self.issuer.rstrip("/") + "/.well-known/openid-configuration"
            found = await _get(client, url)
            if found.get("issuer") != self.issuer:
                raise _silent()
            self._known = found
        return self._known

    async def _redeem(self, client: httpx.AsyncClient, endpoint: str, code: str, verifier: str) -> dict[str, Any]:
        """The tokens for a code. Our name and secret go as RFC 6749 §2.3.1 has them: form-encoded in Basic."""
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back,
            "code_verifier": verifier,
        }
        name, secret = (quote(part, safe="") for part in self._client)
        try:
            answer = await client.post(endpoint, data=asked, auth=(name, secret))
            if 400 <= answer.status_code < 500:
                raise _not_signed_in()
            answer.raise_for_status()
            return answer.json()
        except (httpx.HTTPError, ValueError):
            raise _silent() from None

    async def _read(self, client: httpx.AsyncClient, token: str, nonce: str) -> dict[str, Any]:
        """The claims of an ID token that is the provider's, for us, of now and of this sign-in (Core §3.1.3.7)."""
        keys = await _get(client, self._known["jwks_uri"])
        try:
            claims = jwt.decode(token, KeySet.import_key_set(keys), algorithms=ALGORITHMS).claims  # type: ignore[arg-type]
            audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
            fits = (
                claims["iss"] == self.issuer
                and self._client[0] in audience
                and (len(audience) == 1 or claims.get("azp") == self._client[0])
                and claims["nonce"] == nonce
                and claims["iat"] - SKEW_SECONDS <= time.time() < claims["exp"] + SKEW_SECONDS
            )
        except (JoseError, KeyError, TypeError, ValueError):
            raise _not_signed_in() from None
        if not fits:
            raise _not_signed_in()
        return claims


def challenge_of(verifier: str) -> str:
    """RFC 7636 §4.2, method S256."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


async def _get(client: httpx.AsyncClient, url: str) -> dict[str, Any]:
    try:
        answer = await client.get(url)
        answer.raise_for_status()
        return answer.json()
    except (httpx.HTTPError, ValueError):
        raise _silent() from None


def _not_signed_in() -> Refused:
    return Refused("provider-refused", "the identity provider did not sign you in; try again", status=401)


def _silent() -> Refused:
    return Refused("provider-silent", "the identity provider does not answer as it should; sign in here", status=503)

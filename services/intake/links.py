"""Links to attachments that work for minutes and for nothing else. Their life is technical time."""

import time
from hashlib import blake2b

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from pydantic import BaseModel, ConfigDict, ValidationError

from contracts.record import CaseNumber
from services.intake.attachments import AttachmentId, no_such_file

LIFETIME_SECONDS = 300


class Link(BaseModel):
    """To one file of one case; `whole`: whether its name may be shown as it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    case: CaseNumber
    file: AttachmentId
    whole: bool


class Links:
    """Signed with a key of their own, so that no link is a token and no token a link."""

    def __init__(self, secret: str) -> None:
        self._key = OctKey.import_key(blake2b(secret.encode(), person=b"attachment-link").digest())

    def sign(self, link: Link, *, seconds: int = LIFETIME_SECONDS) -> str:
        claims = link.model_dump() | {"exp": int(time.time()) + seconds}
        return jwt.encode({"alg": "HS256"}, claims, self._key)

    def read(self, token: str) -> Link:
        """Raises `Refused` (404) when it is forged or has expired."""
        try:
            claims = dict(jwt.decode(token, self._key, algorithms=["HS256"]).claims)
            if time.time() >= claims.pop("exp"):
                raise ValueError("expired")
            return Link.model_validate(claims)
        except (JoseError, KeyError, TypeError, ValueError, ValidationError):
            raise no_such_file() from None

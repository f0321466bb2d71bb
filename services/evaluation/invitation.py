"""The code in an invitation: whoever has it was invited to rate this one case."""

import hmac
from base64 import b32encode
from hashlib import sha256

from libs.policy.refused import Refused


class Codes:
    """Makes and checks the codes of one deployment: 80 bits that follow from the case and the deployment's secret."""

    def __init__(self, secret: str) -> None:
        # A key of its own, so that a code tells nothing about the key that signs tokens.
        self._key = hmac.digest(secret.encode(), b"rating-invitation", sha256)

    def of(self, case: str) -> str:
        return b32encode(hmac.digest(self._key, case.encode(), sha256)[:10]).decode()

    def check(self, case: str, code: str) -> None:
        """Raises `Refused` (404), as for a case that does not exist, when the code is not this case's."""
        if not hmac.compare_digest(self.of(case).encode(), code.encode()):
            raise no_such_case()


def no_such_case() -> Refused:
    return Refused("no-such-case", "there is no such case for you", status=404)

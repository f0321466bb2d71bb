"""What is kept or handed out unreadable: sealed with keys that follow from the deployment's one secret, one for each use."""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken


class Seal:
    """One use's key. Sealing is Fernet (AES-128-CBC with HMAC-SHA-256); marks are HMAC-SHA-256."""

    def __init__(self, secret: str, use: str) -> None:
        self._key = hmac.digest(secret.encode(), f"portal|{use}".encode(), sha256)
        self._fernet = Fernet(urlsafe_b64encode(self._key))

    def mark(self, *parts: str) -> str:
        """The same for the same parts, and for nobody without the secret."""
        return hmac.digest(self._key, "\x1f".join(parts).encode(), sha256).hex()

    def is_mark(self, mark: str, *parts: str) -> bool:
        return hmac.compare_digest(mark.encode(), self.mark(*parts).encode())

    def close(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str, *, seconds: int | None = None) -> str:
        """Raises `ValueError` when it is not ours, or older than `seconds`."""
        try:
            return self._fernet.decrypt(sealed.encode(), ttl=seconds).decode()
        except InvalidToken:
            raise ValueError("not sealed here, or too old") from None

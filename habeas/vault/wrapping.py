"""Wrapping: a request's key is stored only encrypted under a master key."""

import base64
import binascii
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from habeas.errors import ConfigurationError
from habeas.vault.chunks import KEY_BYTES, joined
from habeas.vault.errors import SealBrokenError

NONCE_BYTES = 12
WRAPPED_BYTES = NONCE_BYTES + KEY_BYTES + 16


@dataclass(frozen=True, slots=True)
class MasterKey:
    """The key that wraps all others. Its id follows from it, so that a mistyped one is noticed."""

    secret: bytes = field(repr=False)

    @classmethod
    def new(cls) -> Self:
        return cls(secrets.token_bytes(KEY_BYTES))

    @classmethod
    def of_text(cls, text: str, *, source: str) -> Self:
        """Read base64. Raises ConfigurationError naming the `source`, never the text."""
        try:
            secret = base64.b64decode(text.strip(), validate=True)
        except (binascii.Error, ValueError):
            raise ConfigurationError(
                f"{source} is not base64: it should be {KEY_BYTES} random bytes in base64"
            ) from None
        if len(secret) != KEY_BYTES:
            raise ConfigurationError(
                f"{source} has {len(secret)} bytes: it should be {KEY_BYTES} random bytes in base64"
            )
        return cls(secret)

    @property
    def id(self) -> str:
        """16 hexadecimal digits that tell nothing of the secret."""
        return hashlib.sha256(joined(b"habeas master key", self.secret)).hexdigest()[:16]

    @property
    def text(self) -> str:
        """The secret in base64."""
        return base64.b64encode(self.secret).decode()

    def wrap(self, key: bytes, *, request_id: str) -> bytes:
        """Encrypt a request's key; it unwraps for that request only."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self.secret).encrypt(nonce, key, self._bound(request_id))

    def unwrap(self, wrapped: bytes, *, request_id: str) -> bytes:
        """The inverse of `wrap`. Raises SealBrokenError."""
        try:
            nonce, sealed = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
            return AESGCM(self.secret).decrypt(nonce, sealed, self._bound(request_id))
        except (InvalidTag, ValueError):
            raise SealBrokenError(f"the stored key of request {request_id} was changed") from None

    def _bound(self, request_id: str) -> bytes:
        return joined(b"habeas request key", request_id.encode(), self.id.encode())

"""What a link carries, sealed: neither the link nor a web server's log of it tells whose it is.

AES-SIV (RFC 5297) with a random nonce, under a key of its own among those of the vault. A rotation of the master key
wraps that key anew like all the others, and so leaves the links in old messages valid.
"""

import base64
import binascii
import re
import secrets
from functools import cached_property

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from habeas.vault.keys import KeyStore

OPT_OUT_LINKS = "opt-out-links"
_NONCE_BYTES = 12
_TOKEN = re.compile(r"[A-Za-z0-9_-]{40,2000}")


class LinkSeal:
    """Seals and opens what links carry. The key is fetched once: opening many forged links costs no database."""

    def __init__(self, keys: KeyStore, key_id: str = OPT_OUT_LINKS) -> None:
        self._keys = keys
        self._key_id = key_id

    def seal(self, content: bytes) -> str:
        """A token of letters, digits, `-` and `_`; another one each time."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._cipher.encrypt(content, [nonce])
        return base64.urlsafe_b64encode(nonce + sealed).rstrip(b"=").decode()

    def open(self, token: str) -> bytes | None:
        """The content, None if the token was not made by `seal` with this installation's key."""
        if _TOKEN.fullmatch(token) is None:
            return None
        try:
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            return self._cipher.decrypt(raw[_NONCE_BYTES:], [raw[:_NONCE_BYTES]])
        except (binascii.Error, InvalidTag, ValueError):
            return None

    @cached_property
    def _cipher(self) -> AESSIV:
        self._keys.create([self._key_id])
        return AESSIV(self._keys.unwrap([self._key_id])[self._key_id])

"""Keyed hashes of identifiers: the same person is known again without their identifiers being kept."""

import hmac
from collections.abc import Sequence

from habeas.domain.subjects import Identifier
from habeas.vault.keys import KeyStore

_KEY_ID = "subjects"
"""The key lies beside those of the requests, so that it is rotated with them and is in no backup of the data."""


class Fingerprints:
    """HMAC-SHA256 under a key of its own; who has the database but not the key can't tell whose a hash is."""

    def __init__(self, keys: KeyStore) -> None:
        self._keys = keys

    def of(self, identifiers: Sequence[Identifier]) -> dict[Identifier, bytes]:
        """32 bytes for each."""
        self._keys.create([_KEY_ID])
        key = self._keys.unwrap([_KEY_ID])[_KEY_ID]
        return {each: hmac.digest(key, f"{each.kind}:{each.value}".encode(), "sha256") for each in identifiers}

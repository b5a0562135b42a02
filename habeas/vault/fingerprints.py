"""Keyed hashes of identifiers: the same person is known again without their identifiers being kept."""

import hmac
from collections.abc import Sequence

from habeas.domain.subjects import Identifier
from habeas.vault.keys import KeyStore

SUBJECTS, SUPPRESSIONS, OPT_OUTS = "subjects", "suppressions", "opt-outs"
"""The keys lie beside those of the requests, so that they are rotated with them and are in no backup of the data.

Each use has one of its own: whoever has both lists and one key can't tell who is on the other.
"""


class Fingerprints:
    """HMAC-SHA256 under a key of its own; who has the database but not the key can't tell whose a hash is."""

    def __init__(self, keys: KeyStore, key_id: str = SUBJECTS) -> None:
        self._keys = keys
        self._key_id = key_id

    def of(self, identifiers: Sequence[Identifier]) -> dict[Identifier, bytes]:
        """32 bytes for each."""
        self._keys.create([self._key_id])
        key = self._keys.unwrap([self._key_id])[self._key_id]
        return {each: hmac.digest(key, f"{each.kind}:{each.value}".encode(), "sha256") for each in identifiers}

"""Keyed hashes of records: the same record of the same person is known again without its key being kept."""

import hmac
import json

from habeas.vault.keys import KeyStore

RECORDS = "records"


class RecordMarks:
    """HMAC-SHA256 under a key of its own: a record's key may be a name, or a path with one in it."""

    def __init__(self, keys: KeyStore) -> None:
        self._keys = keys
        self._key: bytes | None = None

    def of(self, subject: str, system: str, collection: str, key: str) -> str:
        """64 hexadecimal digits. `subject` is the person's token."""
        if self._key is None:
            self._keys.create([RECORDS])
            self._key = self._keys.unwrap([RECORDS])[RECORDS]
        named = json.dumps([subject, system, collection, key]).encode()
        return hmac.digest(self._key, named, "sha256").hex()

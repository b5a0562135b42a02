"""The sealed format: a magic, then chunks, each of them authenticated by itself, by its position and as last or not.

This is the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption and its
Nonce-Reuse Misuse-Resistance, 2015) over AES-256-GCM. Each artefact has a key of its own, derived by HKDF-SHA256
(RFC 5869) from the request's key, so that the counter alone makes a nonce that is never used twice. Chunks can be
neither changed, reordered, dropped, repeated nor moved to another artefact, and the end can't be cut off.
"""

from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from habeas.errors import PermanentError
from habeas.vault.errors import SealBrokenError

MAGIC: Final = b"\x89HABEAS\x01"
"""Its last byte is the version of the format."""
KEY_BYTES: Final = 32
TAG_BYTES: Final = 16
CHUNK_BYTES: Final = 65_536
"""Of plain content; only the last chunk is shorter, and it is empty only if everything is."""
SEALED_CHUNK_BYTES: Final = CHUNK_BYTES + TAG_BYTES
CHUNKS_MAX: Final = 2**24
"""One tebibyte."""

Buffer = bytes | bytearray | memoryview


@dataclass(frozen=True, slots=True)
class Label:
    """What an artefact was sealed as; it opens as nothing else."""

    artefact_id: str
    request_id: str
    system: str
    schema: str

    def as_bytes(self) -> bytes:
        """The associated data of every chunk."""
        return joined(MAGIC, *(part.encode() for part in (self.artefact_id, self.request_id, self.system, self.schema)))


def joined(*parts: bytes) -> bytes:
    """The parts, each with its length before it, so that no other parts give the same bytes."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


class ChunkCipher:
    """Seals and opens the chunks of one artefact."""

    def __init__(self, request_key: bytes, label: Label) -> None:
        derivation = HKDF(SHA256(), length=KEY_BYTES, salt=None, info=joined(MAGIC, label.artefact_id.encode()))
        self._aead = AESGCM(derivation.derive(request_key))
        self._label = label
        self._bound = label.as_bytes()

    def seal(self, index: int, chunk: Buffer, *, last: bool) -> bytes:
        """Raises PermanentError beyond CHUNKS_MAX."""
        if index >= CHUNKS_MAX:
            raise PermanentError(f"an artefact may have {CHUNKS_MAX * CHUNK_BYTES} bytes at most")
        return self._aead.encrypt(_nonce(index, last=last), chunk, self._bound)

    def open(self, index: int, sealed: Buffer, *, last: bool) -> bytes:
        """Raises SealBrokenError unless this is that very chunk of this very artefact."""
        try:
            return self._aead.decrypt(_nonce(index, last=last), sealed, self._bound)
        except InvalidTag:
            raise self.broken() from None

    def broken(self) -> SealBrokenError:
        """The same words whatever is wrong: whoever tampers learns nothing from them."""
        return SealBrokenError(
            f"artefact {self._label.artefact_id} does not open: it was changed, cut short or sealed as something else"
        )


def _nonce(index: int, *, last: bool) -> bytes:
    return index.to_bytes(11, "big") + (b"\x01" if last else b"\x00")

"""Opening: sealed chunks are read one after the other, and nothing is handed out before it is authenticated."""

import io
from typing import Any, Protocol

from habeas.vault.chunks import MAGIC, SEALED_CHUNK_BYTES, TAG_BYTES, ChunkCipher


class Source(Protocol):
    """A file of the file store, or bytes in memory."""

    def read(self, size_bytes: int, /) -> bytes: ...


class SealedSource(io.RawIOBase):
    """The plain content of sealed bytes.

    Reading raises SealBrokenError as soon as a chunk is not what was sealed. Who has read `size_bytes`, or to the
    end, knows that nothing is missing.
    """

    def __init__(self, source: Source, cipher: ChunkCipher, *, size_bytes: int) -> None:
        self._source = source
        self._cipher = cipher
        self._left_bytes = size_bytes
        self._index = -1
        self._ahead = b""
        self._plain = memoryview(b"")
        self._intact = True

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        if not self._plain and not (self._index >= 0 and not self._ahead):
            self._plain = memoryview(self._next())
        view = memoryview(buffer).cast("B")
        count = min(len(view), len(self._plain))
        view[:count] = self._plain[:count]
        self._plain = self._plain[count:]
        return count

    def _next(self) -> bytes:
        if not self._intact:  # who reads on after an error must not get the rest without the missing part
            raise self._cipher.broken()
        self._intact = False
        if self._index < 0:
            if self._exactly(len(MAGIC)) != MAGIC:
                raise self._cipher.broken()
            self._ahead = self._exactly(SEALED_CHUNK_BYTES)
        self._index += 1
        sealed, self._ahead = self._ahead, self._exactly(SEALED_CHUNK_BYTES)
        if len(sealed) < TAG_BYTES:
            raise self._cipher.broken()
        plain = self._cipher.open(self._index, sealed, last=not self._ahead)
        self._left_bytes -= len(plain)
        if self._left_bytes < 0 or (self._left_bytes and not self._ahead):
            raise self._cipher.broken()
        self._intact = True
        return plain

    def _exactly(self, size_bytes: int) -> bytes:
        """Fewer only at the end of the file: a remote store may answer a read with less."""
        data = self._source.read(size_bytes)
        while data and len(data) < size_bytes:
            more = self._source.read(size_bytes - len(data))
            if not more:
                break
            data += more
        return data

"""Sealing: what is written comes out in sealed chunks, in memory while they are few, then in the file store."""

import hashlib
import io
from collections.abc import Callable
from typing import Any, Protocol

from habeas.errors import RetriableError
from habeas.vault.artefacts import Artefact
from habeas.vault.chunks import CHUNK_BYTES, MAGIC, Buffer, ChunkCipher, Label


class Sink(Protocol):
    """A new file of the file store."""

    @property
    def place(self) -> str: ...

    def write(self, data: bytes, /) -> None: ...


class SealingWriter(io.BufferedIOBase):
    """A binary file that can only be written, from start to end. It holds a chunk in memory, whatever the size."""

    def __init__(self, request_key: bytes, label: Label, *, inline_bytes_max: int, spill: Callable[[], Sink]) -> None:
        """`spill` opens a file of the file store, for content of more than `inline_bytes_max`."""
        self._cipher = ChunkCipher(request_key, label)
        self._label = label
        self._inline_bytes_max = inline_bytes_max
        self._spill = spill
        self._pending = bytearray()  # kept back until more comes: only then it is known not to be the last
        self._index = 0
        self._size_bytes = 0
        self._digest = hashlib.sha256(MAGIC)
        self._body: list[bytes] = [MAGIC]
        self._sink: Sink | None = None
        self._intact = True
        self._safe = False

    @property
    def artefact(self) -> Artefact:
        """What was sealed; only after the context has closed without an exception."""
        if not self._safe:
            raise ValueError("nothing is sealed before the context has closed")
        return Artefact(
            id=self._label.artefact_id,
            request_id=self._label.request_id,
            system=self._label.system,
            schema=self._label.schema,
            size_bytes=self._size_bytes,
            digest=self._digest.hexdigest(),
            body=None if self._sink else b"".join(self._body),
            place=self._sink.place if self._sink else None,
        )

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        if self.closed:
            raise ValueError("write to a closed file")
        view = memoryview(data).cast("B")
        self._size_bytes += len(view)
        start = min(CHUNK_BYTES - len(self._pending), len(view)) if self._pending else 0
        self._pending += view[:start]
        if self._pending and start < len(view):
            self._emit(self._pending, last=False)
            self._pending = bytearray()
        while len(view) - start > CHUNK_BYTES:
            self._emit(view[start : start + CHUNK_BYTES], last=False)
            start += CHUNK_BYTES
        self._pending += view[start:]
        return len(view)

    def finish(self) -> None:
        """Seal the last chunk; nothing can be written any more."""
        if not self._intact:
            raise RetriableError(f"artefact {self._label.artefact_id} was not sealed: an earlier write had failed")
        self._emit(self._pending, last=True)
        self.close()

    def note_safe(self) -> None:
        """The file, if there is one, is durable: from now on the artefact can be known."""
        self._safe = True

    def _emit(self, chunk: Buffer, *, last: bool) -> None:
        self._intact = False
        sealed = self._cipher.seal(self._index, chunk, last=last)
        self._index += 1
        self._digest.update(sealed)
        if self._sink is None and self._size_bytes > self._inline_bytes_max:
            self._sink = self._spill()
            for earlier in self._body:
                self._sink.write(earlier)
            self._body.clear()
        if self._sink is None:
            self._body.append(sealed)
        else:
            self._sink.write(sealed)
        self._intact = True

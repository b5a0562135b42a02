"""The vault: seals what is known of a person under their request's key, and forgets it all by destroying that key."""

import io
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import BinaryIO

from habeas.vault.artefacts import Artefact
from habeas.vault.chunks import ChunkCipher, Label
from habeas.vault.files import FileStore
from habeas.vault.keys import KeyStore
from habeas.vault.opening import SealedSource, Source
from habeas.vault.sealing import SealingWriter

INLINE_BYTES_MAX = 262_144
_READ_BYTES = 65_536


class Vault:
    """Sealed artefacts. Safe to use from several threads.

    Every method may raise RetriableError or SystemDownError when the key store or the file store fails.
    """

    def __init__(self, *, keys: KeyStore, files: FileStore, inline_bytes_max: int = INLINE_BYTES_MAX) -> None:
        """Content of up to `inline_bytes_max` lies in the artefact itself, more in the file store."""
        self._keys = keys
        self._files = files
        self._inline_bytes_max = inline_bytes_max

    def create_keys(self, request_ids: Sequence[str]) -> None:
        """See that each of these requests has a key, in one transaction. Destroyed ones stay destroyed."""
        self._keys.create(request_ids)

    def unlocked(self, request_ids: Sequence[str]) -> "UnlockedVault":
        """The vault with the keys of these requests at hand, after one look at the key store.

        For one batch of work and no longer: a key that is destroyed meanwhile stays usable until the batch ends.
        Raises KeyDestroyedError if one of them has no key.
        """
        return UnlockedVault(self._keys.unwrap(request_ids), self._files, inline_bytes_max=self._inline_bytes_max)

    def seal(self, request_id: str, data: bytes, *, system: str, schema: str) -> Artefact:
        """Raises KeyDestroyedError if the request has no key."""
        return self.unlocked([request_id]).seal(request_id, data, system=system, schema=schema)

    def sealing(self, request_id: str, *, system: str, schema: str) -> AbstractContextManager[SealingWriter]:
        """As `UnlockedVault.sealing`. Raises KeyDestroyedError if the request has no key."""
        return self.unlocked([request_id]).sealing(request_id, system=system, schema=schema)

    def unseal(self, artefact: Artefact) -> bytes:
        """All of it, in memory. Raises as `opening` does."""
        return self.unlocked([artefact.request_id]).unseal(artefact)

    def opening(self, artefact: Artefact) -> AbstractContextManager[BinaryIO]:
        """As `UnlockedVault.opening`. Raises KeyDestroyedError, at once."""
        return self.unlocked([artefact.request_id]).opening(artefact)

    def reseal(self, artefact: Artefact, *, under: str) -> Artefact:
        """The same content, and the same artefact to whoever refers to it, under another key and in another place.

        Raises as `opening` does, and KeyDestroyedError if there is no key `under`.
        """
        vault = self.unlocked([artefact.request_id, under])
        with (
            vault.opening(artefact) as plain,
            vault.sealing(under, system=artefact.system, schema=artefact.schema, artefact_id=artefact.id) as writer,
        ):
            shutil.copyfileobj(plain, writer)
        return writer.artefact

    def destroy_key(self, request_id: str) -> None:
        """Make everything that was sealed for the request unreadable for ever, in every backup of it too."""
        self._keys.destroy(request_id)

    def discard(self, artefact: Artefact) -> None:
        """Remove its file, if it has one."""
        if artefact.place is not None:
            self._files.remove(artefact.place)


class UnlockedVault:
    """The vault for the requests whose keys it was given."""

    def __init__(self, keys: Mapping[str, bytes], files: FileStore, *, inline_bytes_max: int) -> None:
        self._keys = keys
        self._files = files
        self._inline_bytes_max = inline_bytes_max

    def seal(self, request_id: str, data: bytes, *, system: str, schema: str) -> Artefact:
        """Seal what is in memory."""
        with self.sealing(request_id, system=system, schema=schema) as writer:
            writer.write(data)
        return writer.artefact

    @contextmanager
    def sealing(
        self, request_id: str, *, system: str, schema: str, artefact_id: str | None = None
    ) -> Iterator[SealingWriter]:
        """A file to write to; once the context has closed it has an `artefact`, after an exception nothing is left.

        `artefact_id` is that of one which is sealed anew, under a key that never seals anything else by that id.
        """
        place = str(uuid.uuid4())
        label = Label(artefact_id=artefact_id or place, request_id=request_id, system=system, schema=schema)
        with ExitStack() as stack:
            writer = SealingWriter(
                self._keys[request_id],
                label,
                inline_bytes_max=self._inline_bytes_max,
                spill=lambda: stack.enter_context(self._files.writing(place)),
            )
            yield stack.enter_context(writer)
            writer.finish()
        writer.note_safe()

    def unseal(self, artefact: Artefact) -> bytes:
        """All of it, in memory. Raises as `opening` does."""
        with self.opening(artefact) as file:
            return file.read()

    @contextmanager
    def opening(self, artefact: Artefact) -> Iterator[BinaryIO]:
        """A file to read from; what it gives is authentic, and it is whole once its end was reached.

        Raises SealBrokenError or ArtefactLostError, also while it is read.
        """
        key = self._keys[artefact.request_id]
        label = Label(
            artefact_id=artefact.id, request_id=artefact.request_id, system=artefact.system, schema=artefact.schema
        )
        with ExitStack() as stack:
            source: Source
            if artefact.place is None:
                source = io.BytesIO(artefact.body or b"")
            else:
                source = stack.enter_context(self._files.reading(artefact.place))
            plain = SealedSource(source, ChunkCipher(key, label), size_bytes=artefact.size_bytes)
            yield stack.enter_context(io.BufferedReader(plain, _READ_BYTES))

"""Undoing an erasure in a store: what was erased is put back file by file, and what was restricted is lifted."""

from typing import BinaryIO

from connectors.customs_files.application import FileApplication
from connectors.customs_files.large_files import digest_of_source, write
from connectors.customs_files.naming import printable
from connectors.customs_files.originals import CollisionError, Original, digest_of
from connectors.customs_files.reading import read
from connectors.customs_files.stores.local_files import error_name
from connectors.customs_files.stores.store import OWN_FOLDER, Content, Holding, Source, TooLargeError, UnavailableError
from connectors.customs_files.work import RESTORED
from habeas.errors import RetriableError
from habeas.ports import Refusal

_BROKEN = "it has been changed by somebody else since, and would not read as it did"


class FileRestoration(FileApplication):
    """See `habeas.ports.Restoration`; files are put back at once, lifting waits until the context closes."""

    def restore(self, original: bytes) -> Refusal | None:
        """See `habeas.ports.Restoration`."""
        it = Original.of_bytes(original)
        try:
            with self._store.locked(it.path) as lock:
                if it.after is None:
                    self._put_back_file(it, lock)
                else:
                    self._put_back(it, lock)
        except (CollisionError, UnavailableError) as error:
            return Refusal(printable(it.path), str(error))
        except OSError as error:  # its message names the file, and so perhaps a person
            raise RetriableError(f"the file store failed ({error_name(error)})") from None
        return None

    def _put_back(self, it: Original, lock: Holding) -> None:
        place = self._erasing.locate(it.path)
        self._erasing.tidy(place)
        try:
            content = self._store.read(place, self._limits.whole_bytes_max)
        except TooLargeError:
            with self._store.opened(place, self._limits.lines_bytes_max) as source:
                if it.pieces is None and source.size > self._limits.whole_bytes_max:
                    self._put_back_large(it, place, source, lock)
                    return
            content = self._store.read(place, self._limits.file_bytes_max)
        data = it.put_back(content.data)
        if data is None:
            return
        if digest_of(data) != it.before:
            self._check(content, data)
        self._announce(it)
        lock.ensure()
        self._store.replace(place, data, expected=content.stamp, task=self._task)

    def _put_back_large(self, it: Original, place: str, source: Source, lock: Holding) -> None:
        """Only into what the erasure has left, byte for byte."""
        digest = digest_of_source(source)
        if digest == it.before:
            return
        if digest != it.after:
            raise CollisionError("it has been changed by somebody else since")

        def put_back(new: BinaryIO) -> None:
            if write(source, list(it.reverse()), new).after != it.before:
                raise CollisionError(_BROKEN)
            self._announce(it)
            lock.ensure()

        self._store.rewrite(place, put_back, expected=source.stamp, task=self._task)

    def _check(self, content: Content, data: bytes) -> None:
        """What was changed by others meanwhile must still read, with what is put back in it."""
        before, after = read(content.data, self._limits), read(data, self._limits)
        formats = [[layer.document.format for layer in each.layers] for each in (before, after)]
        if formats[0] != formats[1] or before.gaps != after.gaps:
            raise CollisionError(_BROKEN)

    def _put_back_file(self, it: Original, lock: Holding) -> None:
        ((_, data, _),) = it.edits
        place = self._erasing.locate(it.path)
        if self._store.exists(place):
            if digest_of(self._store.read(place, self._limits.file_bytes_max).data) != it.before:
                raise CollisionError("another file has taken its place")
            return
        folder = f"{OWN_FOLDER}/restored/{digest_of(it.name.encode('utf-8', 'surrogateescape'))[:32]}"
        self._store.put(f"{folder}/content", data)
        self._announce(it)
        lock.ensure()
        self._store.move(f"{folder}/content", it.path)
        self._store.protect(it.path, it.mode)
        self._store.drop(folder, "content")

    def _announce(self, it: Original) -> None:
        self._journal.announce([(key, collection, RESTORED) for key, collection in it.steps])

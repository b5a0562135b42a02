"""What is put beside client files: where it lies, for which requests it is there, and how it gets there.

Why a file beside the file: docs/decisions/0015-statements-beside-the-data.md.
"""

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from connectors.customs_files.anchors import ACCEPTANCE
from connectors.customs_files.formats.annotations import ACCEPTED, BEGINS, Entry, begins, requests
from connectors.customs_files.journal import Journal
from connectors.customs_files.limits import Limits
from connectors.customs_files.loading import File
from connectors.customs_files.stores.store import (
    OWN_FOLDER,
    Content,
    GoneError,
    Holding,
    Store,
    TooLargeError,
    UnavailableError,
)
from connectors.customs_files.whose import Whose
from connectors.customs_files.work import ANNOTATED, Note
from habeas.domain.outcomes import Annotate
from habeas.domain.records import Record
from habeas.errors import PermanentError, RetriableError

_SUFFIX = ".annotation.txt"
_NAME_BYTES_MAX = 255


def beside(path: str) -> str:
    """Where what is stated about a file lies: in its folder, under its name and a suffix."""
    folder, slash, name = path.rpartition("/")
    if len(os.fsencode(name + _SUFFIX)) > _NAME_BYTES_MAX:
        name = hashlib.sha256(os.fsencode(name)).hexdigest()[:32]
    return f"{folder}{slash}{name}{_SUFFIX}"


def label(block: str, version: str = "") -> str:
    """How a record of a file is named in what lies beside it."""
    return f"{block}@{version}" if version else block


def parts(name: str) -> tuple[str, str]:
    """The inverse of `label`."""
    block, _, version = name.partition("@")
    return block, version


def note_of(record: Record, path: str, fields: tuple[str, ...], annotation: Annotate) -> Note:
    """What is to be put beside a record; whose it is, is read in its file once the file is as it will be."""
    accepted = record.anchors.get(ACCEPTANCE)
    about = ((ACCEPTED, accepted.isoformat()),) if accepted is not None else ()
    entry = Entry(annotation.on.isoformat(), annotation.request, fields, about, annotation.text)
    name = label(str(record.locator["block"]), str(record.locator.get("version", "")))
    return Note(record.key, record.collection, path, name, entry)


class Beside:
    """For which requests something lies beside the records of a store, as it is searched."""

    def __init__(self, store: Store, limits: Limits, places: Mapping[str, str]) -> None:
        """`places` are those of all files' contents by their paths."""
        self._store = store
        self._limits = limits
        self._places = places
        self._last: tuple[str, Mapping[str, tuple[str, ...]]] = ("", {})

    def requests(self, path: str, block: str, version: str = "") -> tuple[str, ...]:
        """Of one record; records come file by file."""
        place = self._places.get(beside(path))
        if place is None:
            return ()
        if self._last[0] != place:
            self._last = (place, self._read(place))
        return self._last[1].get(label(block, version), ())

    def _read(self, place: str) -> Mapping[str, tuple[str, ...]]:
        try:
            content = self._store.read(place, self._limits.whole_bytes_max)
        except UnavailableError:
            return {}  # its own search tells of it
        return requests(_text(content))


class Annotating:
    """Puts entries beside the files of a store, for one task."""

    def __init__(
        self, store: Store, journal: Journal, limits: Limits, *, task: str, locate: Callable[[str], str], whose: Whose
    ) -> None:
        """`locate` tells where the content of a file is now, `whose` by what a record of it is somebody's."""
        self._store = store
        self._journal = journal
        self._limits = limits
        self._task = task
        self._locate = locate
        self._whose = whose

    def annotate(self, path: str, notes: Sequence[Note], lock: Holding) -> None:
        """Add to the file of that path, whose lock is held. Raises RetriableError, PermanentError."""
        data = self._locate(notes[0].path)
        if not self._store.exists(data):
            return
        place = self._locate(path)
        content = self._current(place)
        there = requests(_text(content)) if content is not None else {}
        new = [each for each in notes if each.entry.request not in there.get(each.record, ())]
        new = [*self._about(data, new)]
        if not new:
            return
        self._journal.announce([(each.key, each.collection, ANNOTATED) for each in new])
        lock.ensure()
        if content is None:
            mode = self._store.mode(data) if data == notes[0].path else None
            self._create(place, f"{BEGINS}\n{_written(new)}".encode("utf-8", "replace"), mode=mode)
        else:
            more = _written(new).encode("utf-8", "replace")
            self._store.replace(place, content.data + more, expected=content.stamp, task=self._task)

    def _about(self, data: str, notes: Sequence[Note]) -> Iterator[Note]:
        """With whose records they are; without those that are nobody's any more: looking again tells where they are."""
        by_version: dict[str, list[Note]] = {}
        for each in notes:
            by_version.setdefault(parts(each.record)[1], []).append(each)
        for version, some in by_version.items():
            file = File(some[0].path, data, version=version, restricted=data != some[0].path)
            held = self._whose.of(some[0].collection, file, {parts(each.record)[0] for each in some})
            for each in some:
                about = held.get(parts(each.record)[0])
                if about:
                    yield replace(each, entry=replace(each.entry, about=(*about, *each.entry.about)))

    def _current(self, place: str) -> Content | None:
        try:
            content = self._store.read(place, self._limits.whole_bytes_max)
        except GoneError:
            return None
        except TooLargeError as error:
            raise PermanentError(f"a file of annotations can't be added to: {error}") from None
        except UnavailableError as error:
            raise RetriableError(f"a file of annotations can't be read: {error}") from None
        if not begins(_text(content)):
            raise PermanentError("another file has the name under which annotations are kept: rename it")
        return content

    def _create(self, path: str, data: bytes, *, mode: int | None) -> None:
        """At once, with the rights of the file that it is about."""
        folder = f"{OWN_FOLDER}/annotations/{hashlib.sha256(os.fsencode(path)).hexdigest()[:32]}"
        self._store.put(f"{folder}/content", data)
        self._store.move(f"{folder}/content", path)
        self._store.protect(path, mode)
        self._store.drop(folder, "content")


def _text(content: Content) -> str:
    return content.data.decode("utf-8", "replace").removeprefix("\ufeff")


def _written(notes: Sequence[Note]) -> str:
    """Records of which the same is said share an entry."""
    records: dict[Entry, list[str]] = {}
    for each in notes:
        records.setdefault(each.entry, []).append(each.record)
    return "".join(entry.written(names) for entry, names in records.items())

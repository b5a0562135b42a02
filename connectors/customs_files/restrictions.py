"""Files taken out of use (Article 18, recital 67): moved to where no program looks, unchanged, and moved back.

Why whole files: docs/decisions/0004-restricting-files.md. Each lies in a folder of its own beside a note that says
where it came from and for whose sake. Every step is safe to repeat: the note is written before the file moves, and
taken away after it has moved back. An old version of a file is in nobody's use and stays where it is: a note alone
says for whose sake it may only be kept.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from connectors.customs_files.stores.store import OWN_FOLDER, Store
from habeas.errors import PermanentError

_FOLDER = f"{OWN_FOLDER}/restricted"


@dataclass(frozen=True, slots=True)
class _Note:
    path: str
    mode: int | None
    holders: frozenset[str]


@dataclass(frozen=True, slots=True)
class Restricted:
    """The restricted files and versions of a store, as they were at one moment."""

    notes: Mapping[str, _Note] = field(default_factory=dict)
    inside: AbstractSet[str] = frozenset()

    @property
    def paths(self) -> Iterator[str]:
        """The places where the restricted files stood."""
        return (note.path for folder, note in self.notes.items() if folder in self.inside)

    def original(self, place: str) -> str | None:
        """The place where the restricted file stood whose content is at `place`; None if it is no longer known."""
        note = self.notes.get(place.rpartition("/")[0])
        return note.path if note is not None else None

    def holders(self, path: str, version: str = "") -> frozenset[str]:
        """For whose sake that file, or old version, is restricted."""
        note = self.notes.get(_of(path, version))
        return note.holders if note is not None else frozenset()


class Area:
    """The files of one store that are out of use."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def now(self) -> "Restricted":
        """What is restricted at this moment, in one look."""
        notes = {}
        for name in self._store.folders(_FOLDER):
            note = _read(self._store, f"{_FOLDER}/{name}")
            if note is not None:
                notes[f"{_FOLDER}/{name}"] = note
        inside = frozenset(each for each in notes if self._store.exists(f"{each}/content"))
        return Restricted(notes, inside)

    def content(self, path: str) -> str:
        """Where the file of that path is while it is restricted."""
        return f"{_of(path)}/content"

    def restrict(self, path: str, holder: str) -> None:
        """Take a file out of use for the sake of one more holder. Raises PermanentError, RetriableError."""
        store, folder = self._store, _of(path)
        content = f"{folder}/content"
        held = _read(store, folder)
        inside, outside = store.exists(content), store.exists(path)
        if not inside and not outside:
            return
        mode = held.mode if held and inside else store.mode(path)
        holders = (held.holders if held and inside else frozenset()) | {holder}
        _write(store, folder, _Note(path, mode, holders))
        if not inside or (outside and store.half_moved(path, content)):
            _move(store, path, content)
        store.protect(content, 0o400)

    def lift(self, path: str, holder: str) -> None:
        """Put a file back once nobody holds it any more. Raises PermanentError if another file has its place."""
        store, folder = self._store, _of(path)
        content = f"{folder}/content"
        left = self._release(path, "", holder)
        if left is None:
            return
        if store.exists(content):
            if store.exists(path) and not store.half_moved(content, path):
                raise PermanentError("another file has taken the place of a restricted one: move it away first")
            store.protect(content, left.mode)
            _move(store, content, path)
        store.drop(folder, "note.json")

    def restrict_version(self, path: str, version: str, holder: str) -> None:
        """Keep an old version only, for the sake of one more holder."""
        held = _read(self._store, _of(path, version))
        holders = held.holders if held is not None else frozenset()
        _write(self._store, _of(path, version), _Note(path, None, holders | {holder}))

    def lift_version(self, path: str, version: str, holder: str) -> None:
        """Undo `restrict_version`."""
        if self._release(path, version, holder) is not None:
            self._store.drop(_of(path, version), "note.json")

    def forget(self, path: str, version: str = "") -> None:
        """Drop what is noted of a file or a version that has been erased whole."""
        if _read(self._store, _of(path, version)) is not None:
            self._store.drop(_of(path, version), "note.json")

    def _release(self, path: str, version: str, holder: str) -> _Note | None:
        """Take a holder from the note; the note if nobody is left in it."""
        folder = _of(path, version)
        held = _read(self._store, folder)
        if held is None:
            return None
        left = _Note(path, held.mode, held.holders - {holder})
        _write(self._store, folder, left)
        return None if left.holders else left


def _of(path: str, version: str = "") -> str:
    name = f"{path}\0{version}" if version else path
    return f"{_FOLDER}/{hashlib.sha256(name.encode('utf-8', 'surrogateescape')).hexdigest()[:32]}"


def _move(store: Store, source: str, target: str) -> None:
    store.move(source, target)


def _read(store: Store, folder: str) -> _Note | None:
    data = store.get(f"{folder}/note.json")
    if data is None:
        return None
    raw = json.loads(data)
    return _Note(os.fsdecode(bytes.fromhex(raw["path"])), raw["mode"], frozenset(raw["holders"]))


def _write(store: Store, folder: str, note: _Note) -> None:
    raw = {"path": os.fsencode(note.path).hex(), "mode": note.mode, "holders": sorted(note.holders)}
    store.put(f"{folder}/note.json", json.dumps(raw).encode())

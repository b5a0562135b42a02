"""The connector to a folder of files: customs declarations, invoices, tables, mails, whatever clients have sent."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from connectors.customs_files.application import FileApplication, Places, holder
from connectors.customs_files.clients import Clients, read_clients
from connectors.customs_files.kinds import FILE_NAMES, HEAD_BYTES, kind_of
from connectors.customs_files.limits import Limits
from connectors.customs_files.reading import read
from connectors.customs_files.restrictions import Area
from connectors.customs_files.search import Block, People
from connectors.customs_files.store import (
    OWN_FOLDER,
    Entry,
    UnavailableError,
    error_name,
    read_file,
    read_head,
    walk,
)
from habeas.domain.records import Field, Found, Match, Record, Unsearched
from habeas.domain.subjects import IdentifierKind, Subject
from habeas.errors import ConfigurationError, PermanentError, RetriableError, SystemDownError
from habeas.ports import Problem

DEFAULT_LIMITS = Limits()


class FileStoreConnector:
    """The files under `root`; its first folders are the clients (`clients.py`)."""

    def __init__(self, root: Path, *, system: str = "customs_files", limits: Limits = DEFAULT_LIMITS) -> None:
        self.system = system
        self._root = root
        self._limits = limits
        own = root / OWN_FOLDER
        self._places = Places(root, own, Area(root, own / "restricted"))

    def find(self, subjects: Sequence[Subject], /) -> Iterator[Found]:
        """Everything held about each of the subjects; the store is read once for all of them.

        What can't be searched is told to each of them.
        """
        if not subjects:
            return
        try:
            yield from self._search(subjects)
        except OSError as error:  # its message names the file, and so perhaps a person
            raise RetriableError(f"the file store failed ({error_name(error)})") from None

    def _search(self, subjects: Sequence[Subject]) -> Iterator[Found]:
        search = _Search(self._places, self._limits, subjects, self._clients())
        entries = list(search.entries())
        yield from search.file_names(entries)
        for kind, entry, restricted in sorted(search.by_kind(entry, restricted) for entry, restricted in entries):
            yield from search.file(kind, entry, restricted=restricted)

    @contextmanager
    def applying(self, subject: Subject, task_id: str, /) -> Iterator[FileApplication]:
        """Open the changes of one task; they are made when the context closes."""
        if not self._root.is_dir():
            raise SystemDownError("the folder of the file store is not there")
        try:
            for folder in (self._places.applied, self._places.locks, self._places.own / "restricted"):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except PermissionError:
            raise PermanentError("the file store may not be written") from None
        application = FileApplication(self._places, subject, task_id, self._limits)
        yield application
        application.carry_out()

    def check(self) -> Sequence[Problem]:
        """What keeps the store from being searched and changed."""
        if not self._root.is_dir():
            return [Problem(f"{self._root} is not a folder", f"mount it, or correct the root of {self.system}")]
        problems = []
        if not os.access(self._root, os.R_OK | os.X_OK):
            problems.append(Problem(f"{self._root} can't be read", "give Habeas the right to read it"))
        if not os.access(self._root, os.W_OK):
            problems.append(Problem(f"{self._root} can't be written", "give Habeas the right to write to it"))
        try:
            read_clients(self._root)
        except ConfigurationError as error:
            problems.append(Problem(str(error), "correct the file"))
        return problems

    def close(self) -> None:
        """Nothing is held open between calls."""

    def _clients(self) -> Clients:
        if not self._root.is_dir():
            raise SystemDownError("the folder of the file store is not there")
        return read_clients(self._root)


class _Search:
    """One pass over the store."""

    def __init__(self, places: Places, limits: Limits, subjects: Sequence[Subject], clients: Clients) -> None:
        self.places = places
        self.limits = limits
        self.subjects = subjects
        self.clients = clients
        self.people = People(subjects)

    def entries(self) -> Iterator[tuple[Entry, bool]]:
        """Every place, and whether it is restricted."""
        count = 0
        for count, entry in enumerate(walk(self.places.root), 1):
            if count > self.limits.entries_max:
                raise PermanentError(f"the file store holds more than {self.limits.entries_max} files")
            yield entry, False
        for path in self.places.area.paths():
            yield Entry(path), True

    def by_kind(self, entry: Entry, restricted: bool) -> tuple[str, Entry, bool]:
        """The file with its kind first, for sorting."""
        if entry.reason is not None:
            return "", entry, restricted
        return kind_of(read_head(self._place(entry.path, restricted=restricted), HEAD_BYTES)), entry, restricted

    def file_names(self, entries: Sequence[tuple[Entry, bool]]) -> Iterator[Found]:
        """Folders and files whose names tell of a person: for a person to decide."""
        seen: set[str] = set()
        for entry, _ in entries:
            parts = entry.path.split("/")
            for depth, part in enumerate(parts, 1):
                path = "/".join(parts[:depth])
                if path in seen:
                    continue
                seen.add(path)
                for subject in sorted(self._named_in(part)):
                    yield Found(self.subjects[subject].token, self._file_name(subject, path))

    def file(self, kind: str, entry: Entry, *, restricted: bool) -> Iterator[Found]:
        """The records of a file, and what of it could not be searched."""
        if entry.reason is not None:
            yield from self._unsearched(entry.path, "", entry.reason)
            return
        try:
            content = read_file(self._place(entry.path, restricted=restricted), self.limits.file_bytes_max)
        except UnavailableError as error:
            yield from self._unsearched(entry.path, "", str(error))
            return
        reading = read(content.data, self.limits, self.people.screen)
        holders = self.places.area.holders(entry.path) if restricted else frozenset()
        for block in self.people.blocks(reading):
            record = self._record(kind, entry.path, block, holders)
            yield Found(self.subjects[block.subject].token, record)
        for gap in reading.gaps:
            yield from self._unsearched(entry.path, gap.place, gap.reason)

    def _record(self, kind: str, path: str, block: Block, holders: frozenset[str]) -> Record:
        key = f"{self._shown(path, block.subject)}#{block.key}"
        return Record(
            collection=kind,
            key=key,
            match=block.match,
            matched_by=block.matched_by,
            fields=tuple(spot.field for spot in block.spots),
            restricted=holder(self.subjects[block.subject], key) in holders,
            client=self.clients.of(path),
            locator={"path": quote(os.fsencode(path)), "block": block.key},
        )

    def _file_name(self, subject: int, path: str) -> Record:
        return Record(
            collection=FILE_NAMES,
            key=self._shown(path, subject),
            match=Match.WEAK,
            matched_by=(IdentifierKind.NAME,),
            fields=(Field("name", _printable(path.rpartition("/")[2]), "identity"),),
            client=self.clients.of(path),
            locator={"path": quote(os.fsencode(path))},
        )

    def _unsearched(self, path: str, place: str, reason: str) -> Iterator[Found]:
        for number, subject in enumerate(self.subjects):
            shown = self._shown(path, number)
            yield Found(subject.token, Unsearched(f"{shown}, {place}" if place else shown, reason))

    def _shown(self, path: str, subject: int) -> str:
        """The path as it may be told: what names the person, or is an address, is masked by a digest of itself."""
        return "/".join(
            _masked(part) if "@" in part or subject in self._named_in(part) else _printable(part)
            for part in path.split("/")
        )

    def _named_in(self, part: str) -> set[int]:
        return self.people.named_in(part)

    def _place(self, path: str, *, restricted: bool) -> Path:
        here, there = self.places.root / path, self.places.area.content(path)
        if restricted:
            return there
        return here if here.exists() or not there.exists() else there


def _masked(part: str) -> str:
    suffix = Path(part).suffix
    safe = suffix if suffix[1:].isalnum() and len(suffix) <= 6 and suffix.isascii() else ""
    return f"~{hashlib.sha256(os.fsencode(part)).hexdigest()[:10]}{safe}"


def _printable(part: str) -> str:
    return os.fsencode(part).decode("utf-8", "backslashreplace")

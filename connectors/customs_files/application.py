"""The changes of one task: gathered while the context is open, carried out file by file when it closes.

The plan says which block of which file, never what it holds. So each block is found again in the file as it is now,
under a lock, and exactly its fields are replaced.
"""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote_to_bytes

from connectors.customs_files.journal import Journal
from connectors.customs_files.kinds import FILE_NAMES
from connectors.customs_files.limits import Limits
from connectors.customs_files.locks import bucket_of, locked
from connectors.customs_files.passages import Edit
from connectors.customs_files.reading import Reading, read
from connectors.customs_files.restrictions import Area
from connectors.customs_files.rewriting import Route, rewritten
from connectors.customs_files.screen import Rows
from connectors.customs_files.search import Block, People, is_erased
from connectors.customs_files.store import UnavailableError, error_name, read_file, remove_debris, replace_file
from habeas.domain.records import Match, Record
from habeas.domain.subjects import Subject
from habeas.errors import PermanentError, RetriableError
from habeas.ports import Effects

ERASED, ANONYMISED, RESTRICTED, LIFTED = "erased", "anonymised", "restricted", "lifted"


@dataclass(frozen=True, slots=True)
class Places:
    """Where a store keeps what."""

    root: Path
    own: Path
    area: Area

    @property
    def applied(self) -> Path:
        """The journals of tasks."""
        return self.own / "applied"

    @property
    def locks(self) -> Path:
        """The locks of files."""
        return self.own / "locks"


@dataclass(frozen=True, slots=True)
class _Erasure:
    record: Record
    fields: tuple[str, ...]
    verb: str


@dataclass(slots=True)
class _Work:
    """What is to be done to one file."""

    erasures: list[_Erasure] = field(default_factory=list)
    restrictions: list[Record] = field(default_factory=list)
    lifts: list[Record] = field(default_factory=list)
    was_restricted: bool = False


class FileApplication:
    """The changes of one task."""

    def __init__(self, places: Places, subject: Subject, task_id: str, limits: Limits) -> None:
        self._places = places
        self._subject = subject
        self._limits = limits
        self._task = hashlib.sha256(task_id.encode()).hexdigest()[:16]
        self._journal = Journal(places.applied, task_id)
        self._earlier = self._journal.effects if self._journal.complete else None
        self._work: dict[str, _Work] = {}

    @property
    def earlier(self) -> Effects | None:
        """What an earlier application of this task did."""
        return self._earlier

    @property
    def effects(self) -> Effects:
        """What has been done."""
        return self._journal.effects

    def erase(self, record: Record, fields: tuple[str, ...]) -> None:
        """Replace the named fields, or all, by a mark."""
        self._of(record).erasures.append(_Erasure(record, fields, ERASED))

    def anonymise(self, record: Record, fields: tuple[str, ...]) -> None:
        """The same: what is left of a declaration leads to nobody."""
        self._of(record).erasures.append(_Erasure(record, fields, ANONYMISED))

    def restrict(self, record: Record) -> None:
        """Take the record's file out of use."""
        self._of(record).restrictions.append(record)

    def lift(self, record: Record) -> None:
        """Put the record's file back, if nobody else holds it."""
        self._of(record).lifts.append(record)

    def carry_out(self) -> None:
        """Make the changes. Raises RetriableError, PermanentError."""
        if self._earlier is not None:
            return
        people = People([self._subject])
        try:
            for path, work in sorted(self._work.items()):
                with locked(self._places.locks, path):
                    self._change(people, path, work)
            self._journal.close()
        except OSError as error:  # its message names the file, and so perhaps a person
            raise RetriableError(f"the file store failed ({error_name(error)})") from None

    def _of(self, record: Record) -> _Work:
        if record.collection == FILE_NAMES:
            raise PermanentError("the name of a file can't be changed here: rename it in the store")
        work = self._work.setdefault(path_of(record), _Work())
        work.was_restricted = work.was_restricted or record.restricted
        return work

    def _change(self, people: People, path: str, work: _Work) -> None:
        area = self._places.area
        if work.erasures:
            self._erase(people, path, self._locate(path, work), work)
        for verb, records in ((RESTRICTED, work.restrictions), (LIFTED, work.lifts)):
            self._journal.announce([(record.key, record.collection, verb) for record in records])
            for record in records:
                change = area.restrict if verb == RESTRICTED else area.lift
                change(path, holder(self._subject, record.key))

    def _locate(self, path: str, work: _Work) -> Path:
        here, there = self._places.root / path, self._places.area.content(path)
        first, second = (there, here) if work.was_restricted else (here, there)
        return first if first.exists() or not second.exists() else second

    def _erase(self, people: People, path: str, place: Path, work: _Work) -> None:
        bucket = bucket_of(path)
        remove_debris(place.parent, bucket)
        if not place.exists():
            return  # deleted since: nothing is left to erase
        try:
            content = read_file(place, self._limits.file_bytes_max)
        except UnavailableError as error:
            raise RetriableError(f"a file can't be changed: {error}") from None
        wanted = Rows(people.screen)
        reading = read(content.data, self._limits, wanted)
        blocks = {block.key: block for block in people.blocks(reading)}
        edits: dict[Route, list[Edit]] = {}
        steps = []
        for erasure in work.erasures:
            block = self._block(erasure, blocks, reading)
            mine = list(block.edits(erasure.fields)) if block is not None else []
            if block is not None and mine:
                edits.setdefault(block.layer.route, []).extend(mine)
                steps.append((erasure.record.key, erasure.record.collection, erasure.verb))
        if edits:
            self._journal.announce(steps)
            data = rewritten(
                reading,
                {route: list(dict.fromkeys(each)) for route, each in edits.items()},
                self._limits,
                wanted.again(),
            )
            replace_file(place, data, expected=content.stamp, temporary=f"{bucket}-{self._task}")

    def _block(self, erasure: _Erasure, blocks: Mapping[str, Block], reading: Reading) -> Block | None:
        """The planned block as it is now; None if there is nothing of the person in the file any more."""
        record = erasure.record
        block = blocks.get(str(record.locator["block"]))
        if block is not None:
            if any(not spot.passage.editable for spot in block.spots):
                raise PermanentError("a name within an archive can't be changed here: pack it anew")
            return block
        if self._journal.has(record.key, erasure.verb) or is_erased(reading, str(record.locator["block"])):
            return None
        if not any(each.match is Match.STRONG for each in blocks.values()):
            return None
        raise RetriableError("a file was changed since the plan was made, and the planned record is not where it was")


def holder(subject: Subject, key: str) -> str:
    """For whose sake, and for which record, a file is restricted; tells nobody who it is."""
    return hashlib.sha256(f"{subject.token}\0{key}".encode("utf-8", "surrogateescape")).hexdigest()


def path_of(record: Record) -> str:
    """The file of a record, by its path in the store."""
    return os.fsdecode(unquote_to_bytes(str(record.locator["path"])))

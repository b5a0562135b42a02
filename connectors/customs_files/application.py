"""The changes of one task: gathered while the context is open, carried out file by file when it closes.

The plan says which block of which file, never what it holds. So each block is found again in the file as it is now,
under a lock, and exactly its fields are replaced.
"""

import hashlib
from collections.abc import Sequence
from functools import partial
from typing import BinaryIO, assert_never

from connectors.customs_files.changing import State
from connectors.customs_files.clients import Clients
from connectors.customs_files.contents import current, ensured
from connectors.customs_files.journal import Journal
from connectors.customs_files.kinds import FILE_NAMES
from connectors.customs_files.large_files import Planned, changes, write
from connectors.customs_files.limits import Limits
from connectors.customs_files.locks import bucket_of
from connectors.customs_files.naming import holder, place_of
from connectors.customs_files.onlooking import counted_by, read_by
from connectors.customs_files.originals import of_change, of_edits, of_removal
from connectors.customs_files.passages import Edit
from connectors.customs_files.restrictions import Area
from connectors.customs_files.sandbox.pool import POOL, Reader
from connectors.customs_files.sandbox.told import Told
from connectors.customs_files.stores.local_files import error_name
from connectors.customs_files.stores.store import (
    GoneError,
    Holding,
    Source,
    Store,
    TooLargeError,
    UnavailableError,
)
from connectors.customs_files.versions import Versions
from connectors.customs_files.windows import lines_in
from connectors.customs_files.work import ANONYMISED, ERASED, LIFTED, RESTRICTED, Erasure, Step, Work
from habeas.domain.records import Record
from habeas.domain.subjects import Subject
from habeas.errors import PermanentError, RetriableError
from habeas.ports import Effects, Onlooker, Originals


class FileApplication:
    """The changes of one task."""

    def __init__(
        self,
        store: Store,
        area: Area,
        subject: Subject,
        task_id: str,
        *,
        limits: Limits,
        clients: Clients,
        originals: Originals | None = None,
        onlooker: Onlooker | None = None,
    ) -> None:
        self._onlooker = onlooker
        self._store = store
        self._area = area
        self._subject = subject
        self._limits = limits
        self._clients = clients
        self._originals = originals
        self._task = hashlib.sha256(task_id.encode()).hexdigest()[:16]
        self._journal = Journal(store, task_id)
        self._earlier = self._journal.effects if self._journal.complete else None
        self._work: dict[tuple[str, str], Work] = {}
        self._reader = Reader(POOL, [subject], limits)  # one for all files: it takes long to learn whom to look for
        self._tidied: set[tuple[str, str]] = set()

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
        self._of(record).erasures.append(Erasure(record, fields, ERASED))

    def anonymise(self, record: Record, fields: tuple[str, ...]) -> None:
        """The same: what is left of a declaration leads to nobody."""
        self._of(record).erasures.append(Erasure(record, fields, ANONYMISED))

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
        versions = Versions(self._store, self._area, self._journal, self._subject)
        try:
            for (path, version), work in counted_by(self._onlooker, sorted(self._work.items())):
                with self._store.locked(path) as lock:
                    if version:
                        versions.change(path, version, work)
                    else:
                        self._change(path, work, lock)
            self._journal.close()
        except OSError as error:  # its message names the file, and so perhaps a person
            raise RetriableError(f"the file store failed ({error_name(error)})") from None
        finally:
            self._reader.give_back()

    def _of(self, record: Record) -> Work:
        if record.collection == FILE_NAMES:
            raise PermanentError("the name of a file can't be changed here: rename it in the store")
        work = self._work.setdefault(place_of(record), Work())
        work.was_restricted = work.was_restricted or record.restricted
        return work

    def _change(self, path: str, work: Work, lock: Holding) -> None:
        if work.erasures:
            place = self._locate(path, work)
            self._tidy(place)
            if self._clients.is_whole(path):
                self._remove(path, place, work, lock)
            else:
                self._erase(path, place, work, lock)
        for verb, records in ((RESTRICTED, work.restrictions), (LIFTED, work.lifts)):
            self._journal.announce([(record.key, record.collection, verb) for record in records])
            for record in records:
                change = self._area.restrict if verb == RESTRICTED else self._area.lift
                change(path, holder(self._subject, record.key))

    def _tidy(self, place: str) -> None:
        """Once for all that is written under the same names: looking through a folder costs as much as it holds."""
        names = (place.rpartition("/")[0], bucket_of(place))
        if names not in self._tidied:
            self._store.remove_debris(place)
            self._tidied.add(names)

    def _locate(self, path: str, work: Work) -> str:
        here, there = path, self._area.content(path)
        first, second = (there, here) if work.was_restricted else (here, there)
        return first if self._store.exists(first) or not self._store.exists(second) else second

    def _erase(self, path: str, place: str, work: Work, lock: Holding) -> None:
        planned = [(str(each.record.locator["block"]), list(each.fields)) for each in work.erasures]
        try:
            content = current(self._store, place, self._limits.whole_bytes_max)
        except TooLargeError:
            if self._erase_large(path, place, work, planned, lock):
                return
            content = ensured(self._store, place, self._limits)
        if content is None:
            return
        outcome = self._reader.change(content.data, planned)
        steps = self._steps(work, outcome.states)
        changed = outcome.changed
        if changed is not None:
            self._journal.announce(steps)
            if self._originals is not None:
                text = [(each.start, each.stop) for each in changed.edits] != [(0, len(content.data))]
                it = of_change(path, content.data, changed.content, changed.edits, steps=steps, text=text)
                self._originals.keep(it.name, it.to_bytes())
            lock.ensure()
            self._store.replace(place, changed.content, expected=content.stamp, task=self._task)

    def _erase_large(self, path: str, place: str, work: Work, planned: list[Planned], lock: Holding) -> bool:
        """True unless the file is not text in lines."""
        try:
            with self._store.opened(place, self._limits.lines_bytes_max) as source:
                lines = lines_in(source)
                if lines is None:
                    return False
                made = changes(read_by(self._onlooker, source), lines, planned, self._reader, self._limits)
                steps = self._steps(work, made.states)
                if made.edits:
                    self._store.rewrite(
                        place,
                        partial(self._write, path, source, made.edits, steps=steps, lock=lock),
                        expected=source.stamp,
                        task=self._task,
                    )
        except GoneError:
            pass
        except UnavailableError as error:
            raise RetriableError(f"a file can't be changed: {error}") from None
        return True

    def _write(
        self, path: str, source: Source, edits: Sequence[Edit], new: BinaryIO, *, steps: list[Step], lock: Holding
    ) -> None:
        digests = write(source, edits, new)
        self._journal.announce(steps)
        if self._originals is not None:
            it = of_edits(path, digests, source.read, edits, steps=steps)
            self._originals.keep(it.name, it.to_bytes())
        lock.ensure()

    def _steps(self, work: Work, states: Sequence[State]) -> list[Step]:
        return [
            erasure.step()
            for erasure, state in zip(work.erasures, states, strict=True)
            if self._may_change(erasure, state)
        ]

    def _remove(self, path: str, place: str, work: Work, lock: Holding) -> None:
        """Erase a file as a whole, if it still holds the person."""
        content = ensured(self._store, place, self._limits)
        if content is None:
            return
        found = [item for _, item in self._reader.search([content.data])]
        if not any(isinstance(each, Told) and each.sure for each in found):
            return
        if any(each.partial for each in work.erasures):
            raise PermanentError("a file that is erased as a whole holds fields that must be kept")
        steps = [each.step() for each in work.erasures]
        self._journal.announce(steps)
        if self._originals is not None:
            it = of_removal(path, content.data, mode=self._store.mode(place), steps=steps)
            self._originals.keep(it.name, it.to_bytes())
        lock.ensure()
        self._store.remove(place, expected=content.stamp)
        self._area.forget(path)

    def _may_change(self, erasure: Erasure, state: State) -> bool:
        """True if the planned block is changed; False if nothing of the person is left in it."""
        match state:
            case State.CHANGED:
                return True
            case State.EMPTY | State.MARKED | State.GONE:
                return False
            case State.FIXED:
                raise PermanentError("a file of this format can't be changed here")
            case State.ELSEWHERE:
                if not self._journal.has(erasure.record.key, erasure.verb):
                    raise RetriableError(
                        "a file was changed since the plan was made, and the planned record is not where it was"
                    )
                return False
            case _:
                assert_never(state)

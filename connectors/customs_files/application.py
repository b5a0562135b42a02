"""The changes of one task: gathered while the context is open, carried out file by file when it closes.

They are gathered on disk: a person may have a million records. Several files are changed at once where the store
allows it, because what takes long is not to work but to wait until a change is durable.
"""

import hashlib
import threading
from collections import defaultdict
from collections.abc import Iterable
from itertools import islice

from connectors.customs_files.annotating import Annotating, beside, note_of
from connectors.customs_files.clients import Clients
from connectors.customs_files.erasing import Erasing
from connectors.customs_files.journal import Journal
from connectors.customs_files.kinds import FILE_NAMES
from connectors.customs_files.limits import Limits
from connectors.customs_files.locks import bucket_of
from connectors.customs_files.naming import holder, place_of
from connectors.customs_files.on_disk import Place, PlannedWork
from connectors.customs_files.onlooking import counted_by
from connectors.customs_files.restrictions import Area
from connectors.customs_files.stores.local_files import error_name
from connectors.customs_files.stores.store import Holding, Store
from connectors.customs_files.together import Room, share_out
from connectors.customs_files.versions import Versions
from connectors.customs_files.whose import Whose
from connectors.customs_files.work import ANONYMISED, ERASED, LIFTED, RECTIFIED, RESTRICTED, Erasure, Work
from habeas.domain.outcomes import Annotate
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
        self._task = hashlib.sha256(task_id.encode()).hexdigest()[:16]
        self._journal = Journal(store, task_id)
        self._earlier = self._journal.effects if self._journal.complete else None
        self._planned = PlannedWork()
        self._erasing = Erasing(
            store,
            area,
            subject,
            task=self._task,
            journal=self._journal,
            limits=limits,
            clients=clients,
            originals=originals,
            onlooker=onlooker,
        )
        self._versions = Versions(store, area, self._journal, subject)
        self._whose = Whose(store, area, subject, limits)
        self._annotating = Annotating(
            store, self._journal, limits, task=self._task, locate=self._erasing.locate, whose=self._whose
        )
        self._hands = 1
        self._room = Room()
        self._turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

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
        self._planned.erase(_place(record), Erasure.of(record, fields, ERASED), was_restricted=record.restricted)

    def anonymise(self, record: Record, fields: tuple[str, ...]) -> None:
        """The same: what is left of a declaration leads to nobody."""
        self._planned.erase(_place(record), Erasure.of(record, fields, ANONYMISED), was_restricted=record.restricted)

    def restrict(self, record: Record) -> None:
        """Take the record's file out of use."""
        self._planned.restrict(_place(record), record.key, record.collection, was_restricted=record.restricted)

    def lift(self, record: Record) -> None:
        """Put the record's file back, if nobody else holds it."""
        self._planned.lift(_place(record), record.key, record.collection, was_restricted=record.restricted)

    def rectify(self, record: Record, name: str, value: str) -> None:
        """Write what is right in a field's place; where it can't be written the field stays as it is."""
        correction = Erasure(
            record.key, record.collection, str(record.locator["block"]), (name,), True, RECTIFIED, (value,)
        )
        self._planned.erase(_place(record), correction, was_restricted=record.restricted)
        self._whose.correct(record, name, value)

    def annotate(self, record: Record, fields: tuple[str, ...], annotation: Annotate) -> None:
        """Put what is stated about the record into a file beside its own."""
        path, _ = _place(record)
        self._planned.annotate((beside(path), ""), note_of(record, path, fields, annotation))

    def carry_out(self) -> None:
        """Make the changes. Raises RetriableError, PermanentError."""
        if self._earlier is not None:
            return
        try:
            changed, annotated = self._planned.changed, self._planned.annotated
            planned = counted_by(self._onlooker, self._planned.by_place(), changed + annotated)
            self._share_out(islice(planned, changed), changed)
            self._share_out(planned, annotated)  # what stands in their files by now is what annotations may name
            self._journal.close()
        except OSError as error:  # its message names the file, and so perhaps a person
            raise RetriableError(f"the file store failed ({error_name(error)})") from None
        finally:
            self._erasing.close()
            self._planned.close()

    def _share_out(self, planned: Iterable[tuple[Place, Work]], files: int) -> None:
        self._hands = min(files, self._store.writers)
        share_out(planned, self._change, hands=self._hands)

    def _change(self, planned: tuple[Place, Work]) -> None:
        (path, version), work = planned
        # Threads of one task wait for one another as long as it takes; for somebody else, a while only.
        with self._turns[bucket_of(path)], self._store.locked(path) as lock:
            if version:
                self._versions.change(path, version, work)
            else:
                self._change_file(path, work, lock)

    def _change_file(self, path: str, work: Work, lock: Holding) -> None:
        if work.erasures:
            self._erase(path, work, lock)
        if work.notes:
            self._annotating.annotate(path, work.notes, lock)
        for verb, records in ((RESTRICTED, work.restrictions), (LIFTED, work.lifts)):
            self._journal.announce([(key, collection, verb) for key, collection in records])
            for key, _ in records:
                change = self._area.restrict if verb == RESTRICTED else self._area.lift
                change(path, holder(self._subject, key))

    def _erase(self, path: str, work: Work, lock: Holding) -> None:
        try:
            with self._room.shared():
                self._erasing.erase(path, work, lock)
        except RetriableError:
            if self._hands <= 1:
                raise
            with self._room.alone():  # another thread may have changed the same file by another name of it
                self._erasing.erase(path, work, lock)


def _place(record: Record) -> Place:
    if record.collection == FILE_NAMES:
        raise PermanentError("the name of a file can't be changed here: rename it in the store")
    return place_of(record)

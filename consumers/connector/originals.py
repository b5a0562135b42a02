"""Keeps the originals of what is erased, sealed under a key of their own, for as long as an erasure can be undone."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import timedelta

from habeas import failpoints
from habeas.errors import PermanentError, RetriableError
from habeas.ports import Clock
from habeas.storage import artefacts, ledger, originals
from habeas.storage.database import Database
from habeas.storage.ledger import Task
from habeas.storage.originals import GracePeriod
from habeas.vault.artefacts import Artefact
from habeas.vault.vault import Vault

SCHEMA = "habeas.original.v1"


class OriginalStore:
    """The originals of one system's erasures."""

    def __init__(self, system: str, *, database: Database, vault: Vault, clock: Clock, grace: timedelta) -> None:
        """`grace` is for how long they are kept, counted from when a task last kept something."""
        self._system = system
        self._database = database
        self._vault = vault
        self._clock = clock
        self._grace = grace

    def of(self, task: Task) -> "TaskOriginals":
        """Where a connector puts the originals of a task."""
        return TaskOriginals(self, task)

    def grace_of(self, task_id: str) -> GracePeriod | None:
        """The task's open period, None if there is nothing (any more) to put back."""
        with self._database.reading() as connection:
            period = originals.latest(connection, task_id)
        return period if period is not None and period.is_open(self._clock.now()) else None

    def has_kept(self, task_id: str) -> bool:
        """True if something was kept for a task, be it destroyed by now."""
        with self._database.reading() as connection:
            period = originals.latest(connection, task_id)
            if period is None:
                return False
            return not period.is_open(self._clock.now()) or originals.count(connection, period.key_id) > 0

    @property
    def keeps(self) -> bool:
        """True if what is erased can be put back for a time."""
        return bool(self._grace)

    def newest_first(self, task_id: str) -> Iterator[bytes]:
        """What was kept for a task, one by one. Raises PermanentError if they are gone."""
        period = self.grace_of(task_id)
        if period is None:
            raise PermanentError("the grace time is over, and the originals are destroyed")
        with self._database.reading() as connection:
            ids = originals.newest_first(connection, period.key_id)
        if not ids:
            raise PermanentError("the originals are not in this database")
        for id_ in ids:
            with self._database.reading() as connection:
                artefact = artefacts.fetch(connection, [id_])[id_]
            yield self._vault.unseal(artefact)

    def begin(self, task: Task) -> tuple[GracePeriod, set[str]]:
        """The period of a task with its key, and the names that are taken. Raises FencedError."""
        now = self._clock.now()
        with self._database.transaction() as connection:
            ledger.ensure_held(connection, [task])
            period = originals.begin(
                connection,
                task_id=task.id,
                request_id=task.request_id,
                system=self._system,
                until=now + self._grace,
                now=now,
            )
            taken = originals.names(connection, period.key_id)
        self._vault.create_keys([period.key_id])
        return period, taken

    def keep(self, task: Task, key_id: str, contents: Sequence[tuple[str, bytes]]) -> None:
        """Seal and note originals, by name and content, in one transaction. Raises FencedError, RetriableError."""
        sealed: list[tuple[str, Artefact]] = []
        try:
            vault = self._vault.unlocked([key_id])
            for name, content in contents:
                sealed.append((name, vault.seal(key_id, content, system=self._system, schema=SCHEMA)))
            self._note(task, sealed)
        except BaseException:
            for _, artefact in sealed:
                with suppress(RetriableError):  # the first failure is the one to tell
                    self._vault.discard(artefact)
            raise

    def _note(self, task: Task, sealed: Sequence[tuple[str, Artefact]]) -> None:
        with self._database.transaction() as connection:
            ledger.ensure_held(connection, [task])
            for name, artefact in sealed:
                if not originals.add(connection, name, artefact):
                    raise RetriableError("the grace time of a task ended while it was at work")
            failpoints.reach("original.before_commit")
        failpoints.reach("original.after_commit")


class TaskOriginals:
    """See `habeas.ports.Originals`. The grace time begins with the first original that an attempt keeps."""

    def __init__(self, store: OriginalStore, task: Task) -> None:
        self._store = store
        self._task = task
        self._begun: tuple[GracePeriod, set[str]] | None = None

    def keep(self, name: str, content: bytes) -> None:
        """See `habeas.ports.Originals`."""
        self.keep_all([(name, content)])

    def keep_all(self, originals: Sequence[tuple[str, bytes]]) -> None:
        """See `habeas.ports.Originals`."""
        if self._begun is None:
            self._begun = self._store.begin(self._task)
        period, taken = self._begun
        new: dict[str, bytes] = {}
        for name, content in originals:
            digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
            if digest not in taken:
                new.setdefault(digest, content)
        if new:
            self._store.keep(self._task, period.key_id, list(new.items()))
            taken |= new.keys()

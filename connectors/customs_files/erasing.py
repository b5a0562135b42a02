"""Erasing and correcting in one file: each planned block is found again in it, and exactly its fields replaced.

The plan says which block of which file, never what it holds.
"""

import queue
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import BinaryIO, assert_never

from connectors.customs_files.changing import State
from connectors.customs_files.clients import Clients
from connectors.customs_files.contents import current, ensured
from connectors.customs_files.journal import Journal
from connectors.customs_files.large_files import changes, write
from connectors.customs_files.limits import Limits
from connectors.customs_files.locks import bucket_of
from connectors.customs_files.onlooking import read_by
from connectors.customs_files.originals import Original, of_change, of_edits, of_removal
from connectors.customs_files.passages import Edit
from connectors.customs_files.restrictions import Area
from connectors.customs_files.sandbox.pool import POOL, WORKERS, Reader
from connectors.customs_files.sandbox.told import Told
from connectors.customs_files.stores.store import (
    Content,
    GoneError,
    Holding,
    Source,
    Store,
    TooLargeError,
    UnavailableError,
)
from connectors.customs_files.together import Gathered
from connectors.customs_files.windows import lines_in
from connectors.customs_files.work import Erasure, Planned, Step, Work
from habeas.domain.subjects import Subject
from habeas.errors import PermanentError, RetriableError
from habeas.ports import Onlooker, Originals

_SMALL_BYTES = 1 << 20
"""Of such files several are held at once; of larger ones, one."""


class Erasing:
    """The erasures of one task. Threads may share it, each with another file."""

    def __init__(
        self,
        store: Store,
        area: Area,
        subject: Subject,
        *,
        task: str,
        journal: Journal,
        limits: Limits,
        clients: Clients,
        originals: Originals | None,
        onlooker: Onlooker | None,
    ) -> None:
        self._store = store
        self._area = area
        self._task = task
        self._journal = journal
        self._limits = limits
        self._clients = clients
        self._originals = originals
        self._onlooker = onlooker
        self._keep_together = Gathered(self._keep_all)
        self._tidied: set[tuple[str, str]] = set()
        self._large = threading.Lock()
        # A few for all files: it takes long to learn whom to look for.
        self._readers: queue.LifoQueue[Reader] = queue.LifoQueue()
        for _ in range(WORKERS):
            self._readers.put(Reader(POOL, [subject], limits))

    def erase(self, path: str, work: Work, lock: Holding) -> None:
        """Erase what is planned of one file, whose lock is held. Raises RetriableError, PermanentError."""
        place = self.locate(path, was_restricted=work.was_restricted)
        self.tidy(place)
        whole = self._clients.is_whole(path) and not any(each.rights for each in work.erasures)
        change = self._remove if whole else self._erase
        try:
            content = current(
                self._store, place, min(_SMALL_BYTES, self._limits.whole_bytes_max, self._limits.file_bytes_max)
            )
        except TooLargeError:
            with self._large:
                change(path, place, work, lock, None)
        else:
            if content is not None:
                change(path, place, work, lock, content)

    def close(self) -> None:
        """Give the readers back, once no thread erases any more."""
        while not self._readers.empty():
            self._readers.get().give_back()

    def tidy(self, place: str) -> None:
        """Once for all that is written under the same names: looking through a folder costs as much as it holds."""
        names = (place.rpartition("/")[0], bucket_of(place))
        if names not in self._tidied:
            self._store.remove_debris(place)
            self._tidied.add(names)

    def locate(self, path: str, *, was_restricted: bool = False) -> str:
        """Where the file's content is now."""
        here, there = path, self._area.content(path)
        first, second = (there, here) if was_restricted else (here, there)
        return first if self._store.exists(first) or not self._store.exists(second) else second

    @contextmanager
    def _reader(self) -> Iterator[Reader]:
        reader = self._readers.get()
        try:
            yield reader
        finally:
            self._readers.put(reader)

    def _erase(self, path: str, place: str, work: Work, lock: Holding, small: Content | None) -> None:
        planned = [each.planned for each in work.erasures]
        content = small
        if content is None:
            try:
                content = current(self._store, place, self._limits.whole_bytes_max)
            except TooLargeError:
                if self._erase_large(path, place, work, planned, lock):
                    return
                content = ensured(self._store, place, self._limits)
        if content is None:
            return
        with self._reader() as reader:
            outcome = reader.change(content.data, planned)
        steps = self._steps(work, outcome.states)
        changed = outcome.changed
        if changed is not None:
            self._journal.announce(steps)
            if self._originals is not None:
                text = [(each.start, each.stop) for each in changed.edits] != [(0, len(content.data))]
                self._keep(of_change(path, content.data, changed.content, changed.edits, steps=steps, text=text))
            lock.ensure()
            self._store.replace(place, changed.content, expected=content.stamp, task=self._task)

    def _erase_large(self, path: str, place: str, work: Work, planned: list[Planned], lock: Holding) -> bool:
        """True unless the file is not text in lines."""
        try:
            with self._store.opened(place, self._limits.lines_bytes_max) as source:
                lines = lines_in(source)
                if lines is None:
                    return False
                with self._reader() as reader:
                    made = changes(read_by(self._onlooker, source), lines, planned, reader, self._limits)
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
            self._keep(of_edits(path, digests, source.read, edits, steps=steps))
        lock.ensure()

    def _steps(self, work: Work, states: Sequence[State]) -> list[Step]:
        return [
            erasure.step()
            for erasure, state in zip(work.erasures, states, strict=True)
            if self._may_change(erasure, state)
        ]

    def _remove(self, path: str, place: str, work: Work, lock: Holding, small: Content | None) -> None:
        """Erase a file as a whole, if it still holds the person."""
        content = small or ensured(self._store, place, self._limits)
        if content is None:
            return
        with self._reader() as reader:
            found = [item for _, item in reader.search([content.data])]
        if not any(isinstance(each, Told) and each.sure for each in found):
            return
        if any(each.partial for each in work.erasures):
            raise PermanentError("a file that is erased as a whole holds fields that must be kept")
        steps = [each.step() for each in work.erasures]
        self._journal.announce(steps)
        if self._originals is not None:
            self._keep(of_removal(path, content.data, mode=self._store.mode(place), steps=steps))
        lock.ensure()
        self._store.remove(place, expected=content.stamp)
        self._area.forget(path)

    def _may_change(self, erasure: Erasure, state: State) -> bool:
        """True if the planned block is changed; False if nothing of the person is left in it."""
        match state:
            case State.CHANGED:
                return True
            case State.EMPTY | State.MARKED | State.GONE | State.REFUSED:
                return False
            case State.FIXED:
                raise PermanentError("a file of this format can't be changed here")
            case State.ELSEWHERE:
                if not self._journal.has(erasure.key, erasure.verb):
                    raise RetriableError(
                        "a file was changed since the plan was made, and the planned record is not where it was"
                    )
                return False
            case _:
                assert_never(state)

    def _keep(self, original: Original) -> None:
        self._keep_together((original.name, original.to_bytes()))

    def _keep_all(self, together: Sequence[tuple[str, bytes]]) -> None:
        assert self._originals is not None, "asked before"
        self._originals.keep_all(together)

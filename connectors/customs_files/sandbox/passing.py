"""Many files through the reading processes: several at once, small ones together, told in the order they came in."""

import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from connectors.customs_files.limits import Limits
from connectors.customs_files.passages import Gap
from connectors.customs_files.sandbox.given import Given, bytes_of
from connectors.customs_files.sandbox.pool import POOL, WORKERS, Pool
from connectors.customs_files.sandbox.told import Item
from habeas.domain.subjects import Subject

T = TypeVar("T")
U = TypeVar("U")

_BATCH_BYTES = 512 * 1024
_BATCH_FILES = 64
_BATCHES_AHEAD = 8
_ITEMS_AHEAD = 256
_POLL_SECONDS = 0.1


@dataclass(slots=True)
class _Batch(Generic[T]):
    files: list[T] = field(default_factory=list)
    contents: list[Given | Gap] = field(default_factory=list)
    told: "queue.Queue[tuple[T, Item] | BaseException | None]" = field(
        default_factory=lambda: queue.Queue(_ITEMS_AHEAD)
    )


class _StoppedError(Exception):
    """Nobody listens any more."""


class Passing(Generic[T]):
    """One pass over some files.

    `load` gives a file's content, or why there is none; one thread at a time calls it. What is held at once is bounded:
    some batches of small files, or a large file for each process.
    """

    def __init__(
        self,
        files: Iterable[T],
        load: Callable[[T], Given | Gap],
        *,
        subjects: Sequence[Subject],
        limits: Limits,
        key: bytes | None = None,
        pool: Pool = POOL,
    ) -> None:
        self._files = iter(files)
        self._load = load
        self._subjects = subjects
        self._limits = limits
        self._key = key
        self._pool = pool
        self._loading = threading.Lock()
        self._stopped = threading.Event()
        self._batches: queue.Queue[_Batch[T] | None] = queue.Queue(_BATCHES_AHEAD)

    def run(self) -> Iterator[tuple[T, Item]]:
        """What the files hold, file by file. Raises what `load` raises."""
        threads = [threading.Thread(target=self._work, daemon=True) for _ in range(WORKERS)]
        for thread in threads:
            thread.start()
        try:
            ended = 0
            while ended < len(threads):
                batch = self._batches.get()
                if batch is None:
                    ended += 1
                    continue
                while (item := batch.told.get()) is not None:
                    if isinstance(item, BaseException):
                        raise item
                    yield item
        finally:
            self._stopped.set()
            for thread in threads:
                thread.join()

    def _work(self) -> None:
        try:
            with self._pool.reader(self._subjects, self._limits, self._key) as reader:
                while (batch := self._next()) is not None:
                    try:
                        for number, item in self._told(batch, reader.search):
                            self._put(batch.told, (batch.files[number], item))
                    except _StoppedError:
                        raise
                    except BaseException as error:  # noqa: BLE001 - raised where somebody listens
                        self._put(batch.told, error)
                    batch.contents.clear()
                    self._put(batch.told, None)
            self._put(self._batches, None)
        except _StoppedError:
            pass

    def _told(
        self, batch: _Batch[T], search: Callable[[Sequence[Given]], Iterator[tuple[int, Item]]]
    ) -> Iterator[tuple[int, Item]]:
        there = [number for number, content in enumerate(batch.contents) if not isinstance(content, Gap)]
        found = search([content for content in batch.contents if not isinstance(content, Gap)])
        waiting = next(found, None)
        for number, content in enumerate(batch.contents):
            if isinstance(content, Gap):
                yield number, content
            while waiting is not None and there[waiting[0]] == number:
                yield number, waiting[1]
                waiting = next(found, None)

    def _next(self) -> "_Batch[T] | None":
        """The next files together; in its place among the others before anybody else may take more."""
        with self._loading:
            if self._stopped.is_set():
                raise _StoppedError
            batch: _Batch[T] = _Batch()
            size = 0
            try:
                for file in self._files:
                    content = self._load(file)
                    batch.files.append(file)
                    batch.contents.append(content)
                    size += 0 if isinstance(content, Gap) else len(bytes_of(content))
                    if size >= _BATCH_BYTES or len(batch.files) >= _BATCH_FILES:
                        break
            except BaseException as error:  # noqa: BLE001 - raised where somebody listens
                failed: _Batch[T] = _Batch()
                failed.told.put(error)
                self._files = iter(())
                self._put(self._batches, failed)
                return None
            if not batch.files:
                return None
            self._put(self._batches, batch)
            return batch

    def _put(self, where: "queue.Queue[U]", what: U) -> None:
        while not self._stopped.is_set():
            try:
                where.put(what, timeout=_POLL_SECONDS)
            except queue.Full:
                continue
            return
        raise _StoppedError

"""Several threads at work on one task, and what they do together because it costs as much once as for each of them."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")


def share_out(items: Iterable[T], work: Callable[[T], None], *, hands: int) -> None:
    """Work on all items, `hands` at once; one at a time is asked for. The first failure ends it, and is raised."""
    if hands <= 1:
        for item in items:
            work(item)
        return
    waiting, turn, failures = iter(items), threading.Lock(), list[BaseException]()

    def take_part() -> None:
        try:
            for item in _in_turn(waiting, turn):
                work(item)
                if failures:
                    return
        except BaseException as error:  # noqa: BLE001 - raised where somebody listens
            failures.append(error)

    threads = [threading.Thread(target=take_part, daemon=True) for _ in range(hands)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def _in_turn(waiting: Iterator[T], turn: threading.Lock) -> Iterator[T]:
    while True:
        with turn:
            try:
                item = next(waiting)
            except StopIteration:
                return
        yield item


class Room:
    """Where threads work beside each other, and one of them, if it must, while no other does."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._reserved = False

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Beside others, once nobody is or wants to be alone."""
        with self._changed:
            self._changed.wait_for(lambda: not self._reserved)
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Once all others have left; not to be asked for by a thread that is inside."""
        with self._changed:
            self._changed.wait_for(lambda: not self._reserved)
            self._reserved = True
            self._changed.wait_for(lambda: not self._inside)
        try:
            yield
        finally:
            with self._changed:
                self._reserved = False
                self._changed.notify_all()


class _Given(Generic[T]):
    def __init__(self, what: T) -> None:
        self.what = what
        self.done = False
        self.error: BaseException | None = None


class Gathered(Generic[T]):
    """Calls of several threads: one of them does what all have asked for meanwhile, and each returns once it is done.

    What it raises is raised to each of those whose call it was.
    """

    def __init__(self, work: Callable[[Sequence[T]], None]) -> None:
        self._work = work
        self._given: list[_Given[T]] = []
        self._giving = threading.Lock()
        self._turn = threading.Lock()

    def __call__(self, what: T) -> None:
        """Return once it is done."""
        mine = _Given(what)
        with self._giving:
            self._given.append(mine)
        with self._turn:
            if not mine.done:
                self._do()
        if mine.error is not None:
            raise mine.error

    def _do(self) -> None:
        with self._giving:
            batch, self._given = self._given, []
        error: BaseException | None = None
        try:
            self._work([each.what for each in batch])
        except BaseException as failure:  # noqa: BLE001 - raised by each of those who wait
            error = failure
        for each in batch:
            each.error, each.done = error, True

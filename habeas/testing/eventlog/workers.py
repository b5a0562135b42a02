"""Members that read all the time, each in a thread of its own, as real ones do."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TypeVar

from habeas.eventlog.interface import LogRecord, Subscription, TopicPartition
from habeas.testing.eventlog.engine import PATIENCE_S, next_offsets

T = TypeVar("T")


class Worker:
    """Polls and commits, notes what came, and does in between what it is asked to."""

    def __init__(self, subscription: Subscription) -> None:
        self.came: list[LogRecord] = []
        self.owned: frozenset[TopicPartition] = frozenset()
        self._subscription = subscription
        self._asked: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._stopped = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._work)
        self._thread.start()

    def do(self, what: Callable[[Subscription], T]) -> T:
        """What it returned or raised, in the worker's thread."""
        answer: Future[T] = Future()

        def job() -> None:
            try:
                answer.set_result(what(self._subscription))
            except BaseException as error:  # noqa: BLE001 - handed to the asker
                answer.set_exception(error)

        self._asked.put(job)
        return answer.result(PATIENCE_S)

    def stop(self) -> None:
        """Leave the group. Raises what went wrong meanwhile."""
        self._stopped.set()
        self._thread.join()
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure

    def _work(self) -> None:
        try:
            while not self._stopped.is_set():
                batch = self._subscription.poll(max_records=20, timeout_s=0.1)
                self.owned = self._subscription.assignment()
                if batch:
                    self._subscription.commit(next_offsets(batch))
                    self.came += batch
                while not self._asked.empty():
                    self._asked.get()()
        except BaseException as error:  # noqa: BLE001 - raised by stop()
            self._failure = error
        finally:
            self.owned = frozenset()
            self._subscription.close()


@contextmanager
def working(*subscriptions: Subscription) -> Iterator[tuple[Worker, ...]]:
    """A worker for each; all stopped at the end."""
    workers = tuple(Worker(each) for each in subscriptions)
    try:
        yield workers
    finally:
        for worker in workers:
            worker.stop()


def await_shares(*workers: Worker, share: int) -> None:
    """Return once each owns so many partitions."""
    await_true(lambda: all(len(worker.owned) == share for worker in workers), "no even shares")


def await_true(condition: Callable[[], bool], otherwise: str) -> None:
    until = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < until, f"{otherwise} after {PATIENCE_S:.0f} s"
        time.sleep(0.02)

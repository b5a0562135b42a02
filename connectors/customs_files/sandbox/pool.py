"""The reading processes of this process: started when there is work, replaced when they are lost."""

import atexit
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from connectors.customs_files.changing import Outcome, State
from connectors.customs_files.limits import Limits
from connectors.customs_files.passages import Changed, Edit, Gap, splice
from connectors.customs_files.sandbox import child, told
from connectors.customs_files.sandbox.given import Given
from connectors.customs_files.sandbox.process import LostError, Process
from connectors.customs_files.windows import Counted, Ruled
from connectors.customs_files.work import Planned
from habeas.domain.subjects import Subject
from habeas.errors import PermanentError

WORKERS = 2


class Pool:
    """Reading processes, each lent to one thread at a time."""

    def __init__(self, idle_max: int = WORKERS) -> None:
        self._idle: list[Process] = []
        self._idle_max = idle_max
        self._lock = threading.Lock()

    @contextmanager
    def reader(self, subjects: Sequence[Subject], limits: Limits, key: bytes | None = None) -> Iterator["Reader"]:
        """A process that looks for these people; whichever it is, for a lost one is replaced. `key` is to sign with."""
        reader = Reader(self, subjects, limits, key)
        try:
            yield reader
        finally:
            reader.give_back()

    def lend(self) -> Process:
        """An idle process, or a new one."""
        with self._lock:
            return self._idle.pop() if self._idle else Process()

    def prepare(self, subjects: Sequence[Subject], limits: Limits, key: bytes | None = None) -> None:
        """Have as many processes as a pass takes learn whom to look for, before there is something to read."""
        processes = [self.lend() for _ in range(WORKERS)]
        for process in processes:
            try:
                process.set_people(subjects, limits, key)
            except LostError:  # whoever needs it starts another
                process.end()
            else:
                self.take_back(process)

    def take_back(self, process: Process) -> None:
        """Keep a process for whoever is next, unless somebody else's answer is still in its pipe."""
        with self._lock:
            if process.is_free and len(self._idle) < self._idle_max:
                self._idle.append(process)
                return
        process.end()

    @property
    def idle(self) -> Sequence[int]:
        """The numbers of the processes that nobody uses."""
        with self._lock:
            return [process.pid for process in self._idle]

    def close(self) -> None:
        """End the processes that nobody uses."""
        with self._lock:
            idle, self._idle = self._idle, []
        for process in idle:
            process.end()


POOL = Pool()
atexit.register(POOL.close)


class Reader:
    """Reads files for one thread, by one process after the other if it must be."""

    def __init__(self, pool: Pool, subjects: Sequence[Subject], limits: Limits, key: bytes | None = None) -> None:
        self._pool = pool
        self._key = key
        self._subjects = subjects
        self._limits = limits
        self._process: Process | None = None

    @property
    def pid(self) -> int:
        """The number of the process that reads at present."""
        return self._ready().pid

    def search(self, contents: Sequence[Given]) -> Iterator[tuple[int, told.Item]]:
        """What some files hold: the number of the file, and one thing.

        A file whose reader is lost is told as a gap. Of several, those that were not read to the end are read again
        one by one, so that the loss is blamed on the right one; so what is told of a file comes when it is read.
        """
        done = 0
        if len(contents) > 1:
            try:
                for number, items in self._together(contents):
                    done = number + 1
                    yield from ((number, item) for item in items)
            except LostError:
                self._discard()
        for number in range(done, len(contents)):
            yield from ((number, item) for item in self._alone(contents[number]))

    def change(self, content: bytes | Ruled, planned: Sequence[Planned]) -> Outcome:
        """See `changing.change`. Raises PermanentError too if the reader is lost.

        One that crashed is tried again in another process: the first may have died of something else.
        """
        try:
            return self._changed(content, planned)
        except LostError as error:
            reason = str(error)
        if reason == child.CRASHED:
            try:
                return self._changed(content, planned)
            except LostError as error:
                reason = str(error)
        raise PermanentError(f"a file can't be changed: it {reason}") from None

    def _changed(self, content: bytes | Ruled, planned: Sequence[Planned]) -> Outcome:
        try:
            return _outcome(content, self._ready().change(content, planned, self._limits))
        except (LostError, ValueError, TypeError) as error:
            self._discard()
            raise LostError(str(error) if isinstance(error, LostError) else child.CRASHED) from None

    def give_back(self) -> None:
        """The process is free for others."""
        if self._process is not None:
            self._pool.take_back(self._process)
            self._process = None

    def _together(self, contents: Sequence[Given]) -> Iterator[tuple[int, list[told.Item]]]:
        number, items = 0, list[told.Item]()
        for kind, message in self._ready().search(contents, self._limits):
            if kind == child.DONE:
                yield number, items
                number, items = number + 1, []
            else:
                items.append(_item(kind, message))

    def _alone(self, content: Given) -> Iterator[told.Item]:
        done = False
        try:
            for kind, message in self._ready().search([content], self._limits):
                if kind == child.DONE:
                    done = True
                else:
                    yield _item(kind, message)
        except LostError as error:
            self._discard()
            if not done:  # a reader that ends after its file has told of it
                yield Gap("", str(error))

    def _ready(self) -> Process:
        if self._process is not None and not self._process.is_free:
            self._discard()
        if self._process is None:
            self._process = self._pool.lend()
            try:
                self._process.set_people(self._subjects, self._limits, self._key)
            except LostError:  # it died while nobody used it
                self._discard()
                self._process = Process()
                self._process.set_people(self._subjects, self._limits, self._key)
        return self._process

    def _discard(self) -> None:
        if self._process is not None:
            self._process.end()
            self._process = None


def _item(kind: bytes, message: bytes) -> told.Item:
    if kind == child.SIGNED:
        return told.Signed(message)
    try:
        return told.of_json(message)
    except (ValueError, TypeError, KeyError, IndexError):
        raise LostError(child.CRASHED) from None


def _outcome(content: bytes | Ruled, messages: Iterator[tuple[bytes, bytes]]) -> Outcome:
    states: tuple[State, ...] = ()
    edits: list[Edit] = []
    refused: str | None = None
    count: Counted | None = None
    for kind, message in messages:
        match kind:
            case child.STATES:
                states = tuple(State(each) for each in told.array(message))
            case child.EDIT:
                start, stop = (int.from_bytes(message[at : at + 8], "big") for at in (0, 8))
                edits.append(Edit(start, stop, message[16:]))
            case child.COUNTED:
                count = told.counted(told.array(message))
            case child.REFUSED:
                refused = message.decode()
            case child.ITEM if isinstance(gap := _item(kind, message), Gap):
                raise LostError(gap.reason)
            case _:
                raise LostError(child.CRASHED)
    if refused is not None:
        raise PermanentError(refused)
    new = b"" if isinstance(content, Ruled) else splice(content, edits)
    return Outcome(states, Changed(edits, new) if edits else None, count)

"""A reading process as its parent sees it: started anew as a bare interpreter, spoken to by pipes, ended by force."""

import contextlib
import fcntl
import json
import os
import pickle
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence

from connectors.customs_files.limits import Limits
from connectors.customs_files.sandbox import child
from connectors.customs_files.sandbox.given import Given, Signable, bytes_of
from connectors.customs_files.windows import Ruled
from connectors.customs_files.work import Planned
from habeas.domain.subjects import Subject

TOO_LONG = "took too long"
TOLD_TOO_MUCH = "told too much"
_PIPE_BYTES = 1 << 20
_READ_BYTES = 1 << 18
_WALL_PER_PROCESSOR_SECOND = 4  # a loaded machine gives a process less than all of a processor
_START = "import sys; sys.path[:] = {path!r}; from connectors.customs_files.sandbox.child import main; main()"
_MEMORY_SIGNS = (b"memory allocation", b"out of memory", b"MemoryError")


class LostError(Exception):
    """The process is no more; the message is the reason that is told of its file."""


class Process:
    """One reading process. Not to be used by two threads at once."""

    def __init__(self) -> None:
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the process ends
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-I", "-B", "-c", _START.format(path=sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            bufsize=0,
            env={
                "LC_ALL": "C.UTF-8",
                "OPENBLAS_NUM_THREADS": "1",
            },  # numpy has no need of threads here, nor their memory
            start_new_session=True,  # an operator's Ctrl-C is for the parent
        )
        assert self._process.stdin is not None, "asked for"
        assert self._process.stdout is not None, "asked for"
        self._to, self._from = self._process.stdin.fileno(), self._process.stdout.fileno()
        for handle in (self._to, self._from):
            with contextlib.suppress(OSError):  # the system allows users so many pages only
                fcntl.fcntl(handle, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        os.set_blocking(self._to, False)
        self._read = bytearray()
        self._deadline = 0.0
        self._asked = self._ended = False
        self._people: tuple[tuple[Subject, ...], Limits, bytes | None] | None = None
        self.told_bytes = 0

    @property
    def is_free(self) -> bool:
        """False while an answer is not heard to its end: the rest of it would be taken for the next one's."""
        return not self._asked

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def set_people(self, subjects: Sequence[Subject], limits: Limits, key: bytes | None = None) -> None:
        """Whom to look for from now on; what it knows already it is not told again. Raises LostError.

        With the key it makes the signatures that are asked for.
        """
        if self._process.poll() is not None:
            raise self._lost()
        people = (tuple(subjects), limits, key)
        if people != self._people:
            self._people = None
            message = pickle.dumps(people)
            self._give(limits.seconds_max, [child.PEOPLE, len(message).to_bytes(8, "big"), message])
            self._people = people

    def search(self, contents: Sequence[Given], limits: Limits) -> Iterator[tuple[bytes, bytes]]:
        """Messages on some files in turn. Raises LostError."""
        bare = list(map(bytes_of, contents))
        told = [
            [
                len(bytes_of(each)),
                child.of_lines(each.lines) if isinstance(each, Ruled) else None,
                isinstance(each, Signable),
            ]
            for each in contents
        ]
        sizes = json.dumps(told).encode()
        seconds = sum(limits.seconds(len(each)) for each in bare)
        yield from self._ask(seconds, limits, [child.SEARCH, len(sizes).to_bytes(8, "big"), sizes, *bare])

    def change(
        self, content: bytes | Ruled, planned: Sequence[Planned], limits: Limits
    ) -> Iterator[tuple[bytes, bytes]]:
        """Messages on the change of a file. Raises LostError."""
        lines = child.of_lines(content.lines) if isinstance(content, Ruled) else None
        content = content.content if isinstance(content, Ruled) else content
        asked = json.dumps([planned, lines]).encode()
        sizes = [len(each).to_bytes(8, "big") for each in (asked, content)]
        yield from self._ask(
            3 * limits.seconds(len(content)), limits, [child.CHANGE, sizes[0], asked, sizes[1], content]
        )

    def end(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.wait()
        self._ended = True
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self._complaints.close()

    def _ask(self, seconds: float, limits: Limits, parts: Sequence[bytes]) -> Iterator[tuple[bytes, bytes]]:
        self._asked = True
        self._give(seconds, parts)
        self.told_bytes = 0
        while True:
            kind = self._take(1)
            size = int.from_bytes(self._take(8), "big")
            self.told_bytes += size
            if self.told_bytes > limits.told_bytes_max:
                self._process.kill()
                raise LostError(TOLD_TOO_MUCH)
            content = self._take(size)
            if kind == child.END:
                self._asked = False
                return
            waits_from = time.monotonic()
            yield kind, content
            self._deadline += time.monotonic() - waits_from  # it may wait for us, not we for it

    def _give(self, seconds: float, parts: Sequence[bytes]) -> None:
        self._deadline = time.monotonic() + _WALL_PER_PROCESSOR_SECOND * seconds
        for part in parts:
            view = memoryview(part)
            while view:
                self._wait(self._to, select.POLLOUT)
                try:
                    view = view[os.write(self._to, view[: 4 * _PIPE_BYTES]) :]
                except BrokenPipeError:
                    raise self._lost() from None

    def _take(self, size: int) -> bytes:
        while len(self._read) < size:
            self._wait(self._from, select.POLLIN)
            got = os.read(self._from, max(_READ_BYTES, min(size, _PIPE_BYTES)))
            if not got:
                raise self._lost()
            self._read += got
        taken = bytes(self._read[:size])
        del self._read[:size]
        return taken

    def _wait(self, handle: int, what: int) -> None:
        if self._ended:  # the numbers of its pipes may be another's by now
            raise LostError(child.CRASHED)
        poll = select.poll()
        poll.register(handle, what)
        left = self._deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            self._process.kill()
            raise LostError(TOO_LONG)

    def _lost(self) -> LostError:
        code = self._process.wait()
        if code == -signal.SIGXCPU:
            return LostError(TOO_LONG)
        handle = self._complaints.fileno()
        said = os.pread(handle, 8192, max(0, os.fstat(handle).st_size - 8192))
        return LostError(child.TOO_MUCH_MEMORY if any(sign in said for sign in _MEMORY_SIGNS) else child.CRASHED)

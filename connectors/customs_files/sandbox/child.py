"""The process that reads files: people come in once a pass, files one after the other, and what they hold goes out.

It has no network to use, no secrets, and no files but its two pipes. What it may cost is the system's to enforce.
"""

import json
import os
import pickle
import resource
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO

from connectors.customs_files.anchors import Anchors
from connectors.customs_files.changing import change, counted
from connectors.customs_files.limits import Limits
from connectors.customs_files.lines import Lines
from connectors.customs_files.passages import Gap
from connectors.customs_files.reading import read, read_rows
from connectors.customs_files.sandbox import told
from connectors.customs_files.search import People
from connectors.customs_files.work import Planned
from habeas.errors import PermanentError

if TYPE_CHECKING:
    from connectors.customs_files.index.signing import Signing

TOO_MUCH_MEMORY = "needed too much memory"
CRASHED = "crashed its reader"
# Kinds of messages. To the child: people, files to search, a file to change. From it: see `_Out`.
PEOPLE, SEARCH, CHANGE = b"P", b"S", b"C"
ITEM, DONE, END, STATES, EDIT, REFUSED, COUNTED, SIGNED = b"I", b"D", b"E", b"T", b"X", b"R", b"N", b"G"
_FLUSH_BYTES = 256 * 1024
_COMPLAINTS_BYTES = 64 * 1024


def of_lines(lines: Lines) -> list[str | int]:
    """As JSON."""
    return [lines.format, lines.charset, lines.delimiter, lines.head_bytes]


def to_lines(raw: list[Any] | None) -> Lines | None:
    """The inverse."""
    return Lines(*raw) if raw is not None else None


def main() -> None:
    """Serve until the pipe closes."""
    _limit(resource.RLIMIT_CORE, 0)  # a core would hold personal data
    _limit(resource.RLIMIT_FSIZE, _COMPLAINTS_BYTES)
    source = os.fdopen(os.dup(0), "rb", buffering=1 << 20)
    out = _Out(os.dup(1))
    os.dup2(2, 1)  # what a library prints is no message
    _Service(source, out).run()


def _limit(what: int, most: int) -> None:
    """Set a limit, or leave the machine's own where that is lower."""
    hard = resource.getrlimit(what)[1]
    resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


Signer = Callable[[], "Signing"]


def _signer(key: bytes) -> Signer:
    from connectors.customs_files.index.grams import Keyed  # noqa: PLC0415 - with a library that takes time to load
    from connectors.customs_files.index.signing import Signing  # noqa: PLC0415 - as above

    return partial(Signing, Keyed(key))


class _Out:
    """Messages to the parent: kind, length, content."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._waiting = bytearray()

    def put(self, kind: bytes, content: bytes = b"") -> None:
        self._waiting += kind + len(content).to_bytes(8, "big") + content
        if kind == END or len(self._waiting) > _FLUSH_BYTES:
            self.flush()

    def flush(self) -> None:
        view = memoryview(bytes(self._waiting))
        self._waiting.clear()
        while view:
            view = view[os.write(self._handle, view) :]


class _Service:
    def __init__(self, source: BinaryIO, out: _Out) -> None:
        self.source = source
        self.out = out
        self.limits = Limits()
        self.people = People(())
        self.signer: Signer | None = None

    def run(self) -> None:
        while kind := self.source.read(1):
            if kind == PEOPLE:
                subjects, self.limits, key = pickle.loads(self._sized())  # noqa: S301 - written by the parent
                self._allow(self.limits.seconds_max)
                self.people = People(subjects)
                self.signer = _signer(key) if key is not None else None
                _limit(resource.RLIMIT_AS, self.limits.memory_bytes_max)
            elif kind == SEARCH:
                sizes = json.loads(self._sized())
                contents = [self.source.read(size) for size, *_ in sizes]
                for number, content in enumerate(contents):
                    contents[number] = b""
                    _, lines, sign = sizes[number]
                    self._guarded(content, partial(self._search, to_lines(lines), sign))
                    self.out.put(DONE)
                self.out.put(END)
            else:
                planned, lines = json.loads(self._sized())
                content = self._sized()
                self._guarded(content, partial(self._change, planned, to_lines(lines)))
                self.out.put(END)

    def _sized(self) -> bytes:
        return self.source.read(int.from_bytes(self.source.read(8), "big"))

    def _allow(self, seconds: float) -> None:
        """From now on so much of a processor: what the last file took is not held against the next."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime + seconds) + 1)

    def _guarded(self, content: bytes, work: Callable[[bytes], Iterator[tuple[bytes, bytes]]]) -> None:
        """One file; what goes wrong with it is told of it alone."""
        self._allow(self.limits.seconds(len(content)))
        try:
            for kind, message in work(content):
                self.out.put(kind, message)
        except MemoryError:
            self._leave(TOO_MUCH_MEMORY)
        except Exception as error:  # noqa: BLE001 - whatever a hostile file makes of a reader
            self.out.put(ITEM, told.to_json(Gap("", f"{CRASHED} ({type(error).__name__})")))

    def _leave(self, reason: str) -> None:
        """Tell of the file, and end: what is left of the memory is no good start for the next."""
        self.out.put(ITEM, told.to_json(Gap("", reason)))
        self.out.put(DONE)
        self.out.flush()
        os._exit(0)

    def _search(self, lines: Lines | None, sign: bool, content: bytes) -> Iterator[tuple[bytes, bytes]]:
        signing = self.signer() if sign and self.signer is not None else None
        if lines is None:
            screen = self.people.screen if signing is None else self.people.screen.noted_by(signing.note)
            reading = read(content, self.limits, screen)
        else:
            reading = read_rows(content, lines, self.limits, self.people.screen)
            told_first = counted(reading, here=False)
            if told_first is not None:
                yield ITEM, told.to_json(told_first)
        anchors = Anchors()
        for block in self.people.blocks(reading):
            yield ITEM, told.to_json(told.of_block(block, anchors.of(block)))
        for gap in reading.gaps:
            yield ITEM, told.to_json(gap)
        if signing is not None and not reading.gaps:
            signature = signing.of(reading)
            if signature is not None:
                yield SIGNED, signature

    def _change(self, planned: list[Planned], lines: Lines | None, content: bytes) -> Iterator[tuple[bytes, bytes]]:
        try:
            outcome = change(content, self.limits, self.people, planned, lines)
        except PermanentError as error:
            yield REFUSED, str(error).encode()
            return
        yield STATES, json.dumps(list(outcome.states)).encode()
        if outcome.counted is not None:
            yield COUNTED, told.to_json(outcome.counted)
        for edit in outcome.changed.edits if outcome.changed is not None else ():
            yield EDIT, edit.start.to_bytes(8, "big") + edit.stop.to_bytes(8, "big") + edit.new

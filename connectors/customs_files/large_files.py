"""Changes of text in lines that is too large to be held at once: window by window, from the file into its new content.

What is not edited is copied, and compared once more before the new file takes the old one's place.
"""

import hashlib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import BinaryIO

from connectors.customs_files.changing import Outcome, State
from connectors.customs_files.limits import Limits
from connectors.customs_files.lines import Lines
from connectors.customs_files.originals import Digests
from connectors.customs_files.passages import Edit
from connectors.customs_files.sandbox.pool import Reader
from connectors.customs_files.stores.store import Source
from connectors.customs_files.windows import Position, Window, windows
from connectors.customs_files.work import Planned
from habeas.errors import PermanentError

_PIECE_BYTES = 1 << 20
_DIFFERENT = "a file would not have stayed as it is outside of the person's fields, so it was left alone"
_MISSING = frozenset({State.ELSEWHERE, State.GONE})


@dataclass(slots=True)
class Changes:
    """What is to be done to a file: the state of each planned block, and the edits, in order."""

    states: list[State]
    edits: list[Edit] = field(default_factory=list)


def changes(source: Source, lines: Lines, planned: Sequence[Planned], reader: Reader, limits: Limits) -> Changes:
    """Look at all windows of a file. Raises UnavailableError, PermanentError."""
    made = Changes([State.GONE] * len(planned))
    waiting = _Waiting(planned)
    position, here = Position(), False
    for window in windows(source, lines, limits):
        near = waiting.near(position, window)
        outcome = reader.change(window.taken(), [(position.local(planned[n][0]), planned[n][1]) for n in near])
        counted = outcome.counted
        if counted is None:
            raise PermanentError("a file can't be changed: a part of it can't be read")
        here = here or counted.here
        for number, state in zip(near, outcome.states, strict=True):
            if position.belongs(position.local(planned[number][0]), window, counted):
                made.states[number] = state
                waiting.drop(number)
        made.edits += _moved(outcome, window)
        position.pass_over(window, counted)
    missing = State.ELSEWHERE if here else State.GONE
    made.states = [missing if state in _MISSING else state for state in made.states]
    return made


class _Waiting:
    """The planned blocks whose windows have not come yet; those of parts for themselves."""

    def __init__(self, planned: Sequence[Planned]) -> None:
        places = sorted((_place(key), number) for number, (key, _) in enumerate(planned) if "." not in key)
        self._places = [place for place, _ in places]
        self._rows = [number for _, number in places]
        self._at = 0
        self._parts = {number: None for number, (key, _) in enumerate(planned) if "." in key}

    def near(self, position: Position, window: Window) -> list[int]:
        """Those that may be in a window."""
        if window.lines.continues:
            last = (position.lines + window.own_lines, 0)
        else:
            last = (0, position.units + window.lines.units_max(window.content))
        return [*self._rows[self._at : bisect_right(self._places, last)], *self._parts]

    def drop(self, number: int) -> None:
        """It was in the window: of rows, the first of those that wait."""
        if number in self._parts:
            del self._parts[number]
        else:
            self._at += 1


def _place(key: str) -> tuple[int, int]:
    unit, _, line = key.partition(":")
    return int(line or 0), int(unit)


def _moved(outcome: Outcome, window: Window) -> Iterator[Edit]:
    for edit in sorted(outcome.changed.edits, key=lambda each: each.start) if outcome.changed is not None else ():
        if edit.start < window.head:
            raise PermanentError(_DIFFERENT)
        yield Edit(edit.start + window.shift, edit.stop + window.shift, edit.new)


def write(source: Source, edits: Sequence[Edit], to: BinaryIO) -> Digests:
    """Put a file with edits into another, which can be read again, and compare the two.

    Raises PermanentError if they differ anywhere else, or edits overlap.
    """
    before, at = hashlib.sha256(), 0
    for edit in [*edits, Edit(source.size, source.size, b"")]:
        if not at <= edit.start <= edit.stop <= source.size:
            raise PermanentError(_DIFFERENT)
        for piece in _pieces(source, at, edit.start):
            before.update(piece)
            to.write(piece)
        for piece in _pieces(source, edit.start, edit.stop):
            before.update(piece)
        to.write(edit.new)
        at = edit.stop
    source.ensure()
    to.flush()
    return Digests(before.hexdigest(), _compared(source, edits, to))


def digest_of_source(source: Source) -> str:
    """SHA-256 of all of a file, in hexadecimal."""
    digest = hashlib.sha256()
    for piece in _pieces(source, 0, source.size):
        digest.update(piece)
    return digest.hexdigest()


def _compared(source: Source, edits: Sequence[Edit], new: BinaryIO) -> str:
    after, at = hashlib.sha256(), 0
    new.seek(0)
    for edit in [*edits, Edit(source.size, source.size, b"")]:
        for piece in chain(_pieces(source, at, edit.start), [edit.new]):
            same = new.read(len(piece))
            if same != piece:
                raise PermanentError(_DIFFERENT)
            after.update(same)
        at = edit.stop
    if new.read(1):
        raise PermanentError(_DIFFERENT)
    return after.hexdigest()


def _pieces(source: Source, start: int, stop: int) -> Iterator[bytes]:
    while start < stop:
        piece = source.read(start, min(stop - start, _PIECE_BYTES))
        if not piece:
            raise PermanentError(_DIFFERENT)
        yield piece
        start += len(piece)

"""Finds places of a content again after others have changed it elsewhere, without having kept the content.

A content is cut into pieces, and a digest of each is kept. A piece that occurs once before and once after is an
anchor. A place is found if its piece is at the same distance between two anchors, or nothing differs between it and
one anchor.
The marks of erased people look alike, so it is not enough to find them: whoever takes one mark for another would give
one person's data to somebody else.
"""

import base64
import hashlib
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

_PIECE = re.compile(rb"[^\n>',;|]*[\n>',;|]|[^\n>',;|]+")
_DIGEST_BYTES = 8


@dataclass(frozen=True, slots=True)
class Pieces:
    """The pieces of a content by digest and length."""

    digests: tuple[bytes, ...]
    lengths: tuple[int, ...]

    @property
    def starts(self) -> list[int]:
        """Where each begins, and where the last one ends."""
        return list(accumulate(self.lengths, initial=0))

    def to_text(self) -> list[object]:
        """In JSON."""
        return [base64.b85encode(b"".join(self.digests)).decode(), list(self.lengths)]

    @classmethod
    def of_text(cls, raw: Sequence[object]) -> "Pieces":
        """The inverse of `to_text`."""
        digests, lengths = raw
        assert isinstance(digests, str)
        assert isinstance(lengths, list)
        joined = base64.b85decode(digests)
        cut = [joined[at : at + _DIGEST_BYTES] for at in range(0, len(joined), _DIGEST_BYTES)]
        return cls(tuple(cut), tuple(lengths))


def pieces_of(content: bytes) -> Pieces:
    """Cut a content."""
    found = _PIECE.findall(content)
    digests = (hashlib.blake2b(piece, digest_size=_DIGEST_BYTES).digest() for piece in found)
    return Pieces(tuple(digests), tuple(len(piece) for piece in found))


def located(known: Pieces, places: Sequence[tuple[int, bytes]], current: bytes) -> list[int] | None:
    """Where each place, with what stands there, is in `current`; None if one is not to be found surely."""
    found = pieces_of(current)
    alignment = _Alignment(known, found)
    moved = []
    for at, mark in places:
        new = alignment.moved(at, at + len(mark))
        if new is None or current[new : new + len(mark)] != mark:
            return None
        moved.append(new)
    in_order = all(a + len(mark) <= b for a, (_, mark), b in zip(moved, places, moved[1:], strict=False))
    return moved if in_order else None


class _Alignment:
    """Which pieces of a content are which of another."""

    def __init__(self, known: Pieces, found: Pieces) -> None:
        self._known, self._found = known.digests, found.digests
        self._known_starts, self._found_starts = known.starts, found.starts
        self._counts = Counter(self._known), Counter(self._found)
        place = {digest: number for number, digest in enumerate(self._found) if self._counts[1][digest] == 1}
        anchors = [
            (number, place[digest])
            for number, digest in enumerate(self._known)
            if self._counts[0][digest] == 1 and digest in place
        ]
        self._anchors = [(-1, -1), *anchors, (len(self._known), len(self._found))]
        self._anchored = [number for number, _ in self._anchors]

    def moved(self, start: int, stop: int) -> int | None:
        """Where a range of the known content begins in the other."""
        if not self._known:
            return None
        first = min(bisect_right(self._known_starts, start) - 1, len(self._known) - 1)
        last = max(first, bisect_left(self._known_starts, stop) - 1)
        now = self._piece(first)
        if now is None or any(self._piece(each) != now + each - first for each in range(first + 1, last + 1)):
            return None
        return self._found_starts[now] + start - self._known_starts[first]

    def _piece(self, number: int) -> int | None:
        digest = self._known[number]
        if self._counts[1][digest] < self._counts[0][digest]:
            return None  # one of those that look like it is gone, and it may be this one
        right = bisect_right(self._anchored, number)
        (left, left_now), (after, after_now) = self._anchors[right - 1], self._anchors[right]
        if left == number:
            return left_now
        before, behind = left_now + number - left, after_now - (after - number)
        if before == behind and left_now < before < after_now and self._found[before] == digest:
            return before
        if self._alike(left + 1, left_now + 1, number - left):
            return before
        if self._alike(number, behind, after - number):
            return behind
        return None

    def _alike(self, known: int, found: int, count: int) -> bool:
        if found < 0 or found + count > len(self._found):
            return False
        return self._known[known : known + count] == self._found[found : found + count]

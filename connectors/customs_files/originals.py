"""What a change of a file destroys: the bytes it replaces and where, never the rest of the file.

So that the bytes can be put back into a file in which others have changed something else since, the pieces of the
changed content are kept too, as digests: by them the places are found again.
"""

import hashlib
import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from connectors.customs_files.anchoring import Pieces, located, pieces_of
from connectors.customs_files.passages import Edit, splice

_WEIGHT_MAX = 32 * 2**20
"""Bytes of the largest file into which something is put back that others have changed since."""


@dataclass(frozen=True, slots=True)
class Digests:
    """SHA-256 of a file before and after its edits, in hexadecimal."""

    before: str
    after: str


class CollisionError(Exception):
    """What is to be put back is not where it was; the message is the reason, for an operator."""


@dataclass(frozen=True, slots=True)
class Original:
    """One change of one file. `steps` are the records it erased, as (key, collection).

    A file that was removed as a whole has no `after`, and its one edit is all of its content.
    """

    path: str
    before: str
    after: str | None
    edits: tuple[tuple[int, bytes, bytes], ...]
    """Place in the content before the change, what was there, what took its place; in order, none overlapping."""
    steps: tuple[tuple[str, str], ...]
    mode: int | None = None
    pieces: Pieces | None = None
    """Of the content after the change; None if only that very content can be changed back."""

    @property
    def name(self) -> str:
        """For the keeper: a second change of the same file has another."""
        return f"{self.path}\0{self.before}"

    def to_bytes(self) -> bytes:
        """Compressed JSON."""
        raw = {
            "path": self.path.encode("utf-8", "surrogateescape").hex(),
            "before": self.before,
            "after": self.after,
            "edits": [[at, old.decode("latin-1"), new.decode("latin-1")] for at, old, new in self.edits],
            "steps": self.steps,
            "mode": self.mode,
            "pieces": self.pieces.to_text() if self.pieces else None,
        }
        return zlib.compress(json.dumps(raw).encode())

    @classmethod
    def of_bytes(cls, data: bytes) -> "Original":
        """The inverse of `to_bytes`."""
        raw = json.loads(zlib.decompress(data))
        return cls(
            path=bytes.fromhex(raw["path"]).decode("utf-8", "surrogateescape"),
            before=raw["before"],
            after=raw["after"],
            edits=tuple((at, old.encode("latin-1"), new.encode("latin-1")) for at, old, new in raw["edits"]),
            steps=tuple((key, collection) for key, collection in raw["steps"]),
            mode=raw["mode"],
            pieces=Pieces.of_text(raw["pieces"]) if raw["pieces"] is not None else None,
        )

    def put_back(self, current: bytes) -> bytes | None:
        """The content with the old bytes in their places; None if they are there already. Raises CollisionError."""
        digest = digest_of(current)
        if digest == self.before:
            return None
        if digest == self.after:
            restored = self._into(current, [at for at, _ in self._changed_places()])
            if digest_of(restored) == self.before:
                return restored
        places = self._found(current)
        if places is not None:
            return self._into(current, places)
        if self.edits and all(old in current for _, old, _ in self.edits):
            return None
        raise CollisionError("it has been changed by somebody else since, just there")

    def reverse(self) -> Iterator[Edit]:
        """The edits of the changed content by which it becomes what it was."""
        for (at, new), (_, old, _) in zip(self._changed_places(), self.edits, strict=True):
            yield Edit(at, at + len(new), old)

    def _changed_places(self) -> list[tuple[int, bytes]]:
        """Where in the changed content the new bytes are."""
        places, shift = [], 0
        for at, old, new in self.edits:
            places.append((at + shift, new))
            shift += len(new) - len(old)
        return places

    def _found(self, current: bytes) -> list[int] | None:
        """The same in a content that others have changed since; None if one of them is not to be found surely."""
        if self.pieces is None or len(current) > _WEIGHT_MAX:
            return None
        return located(self.pieces, self._changed_places(), current)

    def _into(self, current: bytes, places: Sequence[int]) -> bytes:
        changes = [Edit(at, at + len(new), old) for at, (_, old, new) in zip(places, self.edits, strict=True)]
        return splice(current, changes)


def of_change(
    path: str, before: bytes, after: bytes, edits: Sequence[Edit], *, steps: Sequence[tuple[str, str, str]], text: bool
) -> Original:
    """A change by edits. `text` if others may change the content elsewhere and it stays well-formed."""
    found = sorted(set(edits), key=lambda each: (each.start, each.stop))
    kept = tuple((each.start, before[each.start : each.stop], each.new) for each in found)
    return Original(
        path,
        digest_of(before),
        digest_of(after),
        kept,
        tuple((key, collection) for key, collection, _ in steps),
        pieces=pieces_of(after) if text and len(after) <= _WEIGHT_MAX else None,
    )


def of_edits(
    path: str,
    digests: Digests,
    read: Callable[[int, int], bytes],
    edits: Sequence[Edit],
    *,
    steps: Sequence[tuple[str, str, str]],
) -> Original:
    """A change of a file too large to be held at once; `read` gives so many bytes from a place before the change."""
    kept = tuple((each.start, read(each.start, each.stop - each.start), each.new) for each in edits)
    return Original(path, digests.before, digests.after, kept, tuple((key, collection) for key, collection, _ in steps))


def of_removal(path: str, before: bytes, *, mode: int | None, steps: Sequence[tuple[str, str, str]]) -> Original:
    """The removal of a whole file."""
    erased = tuple((key, collection) for key, collection, _ in steps)
    return Original(path, digest_of(before), None, ((0, before, b""),), erased, mode=mode)


def digest_of(content: bytes) -> str:
    """SHA-256, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()

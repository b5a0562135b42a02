"""What every format is read into: passages of text, each with the way back to the characters it was written with."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from connectors.customs_files.asked import Asked
from connectors.customs_files.encodings import Decoded
from connectors.customs_files.roles import Role

MARK = "[erased]"
# The marks of all notations: a field that holds one of these is empty.
MARKS = frozenset({MARK, "ERASED", "erased@erased.invalid", f'"{MARK}"', ""})


class UnreadableError(Exception):
    """A content that can't be searched to the end; the message is the reason, in words for the person's answer."""


class Notation(Protocol):
    """A way of writing text: escapes, and what can't be written."""

    @property
    def whole(self) -> bool:
        """True if a piece can only be written anew as a whole."""

    @property
    def mark(self) -> str:
        """What is written in place of something erased, already in this notation."""

    def read(self, raw: str) -> tuple[str, Sequence[int]]:
        """The text, and where in `raw` each of its characters begins, with the end."""

    def write(self, raw: str, ranges: Sequence[tuple[int, int]]) -> str:
        """What is written instead of `raw` with the mark in place of ranges of its text, where `whole`."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of a passage's text [begin, end) and the document's characters [start, stop) it was written with."""

    begin: int
    end: int
    start: int
    stop: int
    notation: Notation


@dataclass(slots=True)
class Passage:
    """One value, or one run of free text.

    `unit` is the ordinal of the party block it belongs to; passages outside of one have a unit each.
    `contact` is the ordinal of the contact within the party, 0 for what is the party's own.
    `lines` is set for free text, where the record is the line. `editable` is not set for a passage that is found but
    can't be changed (the name of an archive's member).
    """

    text: str
    pieces: tuple[Piece, ...]
    unit: int
    name: str = ""
    role: Role | None = None
    lines: bool = False
    editable: bool = True
    contact: int = 0


@dataclass(frozen=True, slots=True)
class Edit:
    """Bytes [start, stop) of a content are to become `new`."""

    start: int
    stop: int
    new: bytes


@dataclass(frozen=True, slots=True)
class Changed:
    """A part after its edits."""

    edits: Sequence[Edit]
    content: bytes


@dataclass(frozen=True, slots=True)
class Part:
    """A content within a content: an attachment, a member of an archive, an encoded value.

    `reader` is asked first: what surrounds the content says what it is.
    """

    place: str
    content: bytes
    outer: Callable[[Changed], Sequence[Edit]]
    charset: str | None = None
    media_type: str | None = None
    reader: "Reader | None" = None


@dataclass(frozen=True, slots=True)
class Gap:
    """A place within a content that could not be searched."""

    place: str
    reason: str


def _with_parts(document: "Document", edits: Sequence[Edit], parts: Mapping[int, Changed]) -> Sequence[Edit]:
    return [*edits, *(edit for number, changed in parts.items() for edit in document.parts[number].outer(changed))]


@dataclass(slots=True)
class Document:
    """A content, read."""

    format: str
    decoded: Decoded
    passages: list[Passage] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    # Of text in lines: how many units there are, also in rows that were left out, and how many the header has.
    units: int = 0
    head_units: int = 0
    # False where the content can't be written: what is found in it is left to a person.
    changeable: bool = True
    # All edits of the content, given its own and its changed parts.
    all_edits: Callable[["Document", Sequence[Edit], Mapping[int, Changed]], Sequence[Edit]] = _with_parts


Reader = Callable[[bytes, Asked], Document | None]


def splice(content: bytes, edits: Sequence[Edit]) -> bytes:
    """Put every edit in its place; all other bytes stay. Raises ValueError if two edits overlap."""
    out, at = [], 0
    for edit in sorted(set(edits), key=lambda each: (each.start, each.stop)):
        if edit.start < at or edit.stop < edit.start:
            raise ValueError("two changes of the same bytes")
        out += [content[at : edit.start], edit.new]
        at = edit.stop
    return b"".join([*out, content[at:]])


def redacted(document: Document, passage: Passage, ranges: Sequence[tuple[int, int]]) -> Iterator[Edit]:
    """The edits that put the mark in place of ranges of a passage's text; line ends within them stay."""
    wanted = _merged(ranges)
    marked = False
    for piece in passage.pieces:
        inside = [(max(a, piece.begin), min(b, piece.end)) for a, b in wanted]
        inside = [(a - piece.begin, b - piece.begin) for a, b in inside if a < b]
        if not inside:
            continue
        raw = document.decoded.text[piece.start : piece.stop]
        notation = piece.notation
        if notation.whole:
            yield _edit(document, piece.start, piece.stop, notation.write(raw, inside))
            continue
        _, places = notation.read(raw)
        for a, b in inside:
            # A name in several pieces (split by an element) gets one mark; the rest of it goes.
            continues = marked and a == 0 and piece.begin > 0 and any(x < piece.begin < y for x, y in wanted)
            mark = "" if continues else notation.mark
            yield from _cut(document, piece, (places[a], places[b]), mark, keep_line_ends=passage.lines)
            marked = True


def _cut(
    document: Document, piece: Piece, inside: tuple[int, int], mark: str, *, keep_line_ends: bool
) -> Iterator[Edit]:
    at, stop = piece.start + inside[0], piece.start + inside[1]
    raw = document.decoded.text[at:stop]
    for run in raw.splitlines(keepends=True) if keep_line_ends else [raw]:
        bare = run.rstrip("\r\n")
        if bare:
            yield _edit(document, at, at + len(bare), mark)
        at += len(run)


def _edit(document: Document, start: int, stop: int, new: str) -> Edit:
    decoded = document.decoded
    return Edit(decoded.byte(start), decoded.byte(stop), decoded.encode(new))


def replaced(text: str, ranges: Sequence[tuple[int, int]]) -> str:
    """The text with the mark in place of ranges of it."""
    out, at = [], 0
    for a, b in ranges:
        out += [text[at:a], MARK]
        at = b
    return "".join([*out, text[at:]])


def _merged(ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for a, b in sorted(ranges):
        if merged and a <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(b, merged[-1][1]))
        else:
            merged.append((a, b))
    return merged

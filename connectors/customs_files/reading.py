"""A file's content, recognised and read to its innermost part."""

import binascii
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from connectors.customs_files.asked import Asked, every
from connectors.customs_files.encodings import UndecodableError
from connectors.customs_files.formats import (
    archives,
    compounds,
    edifact,
    mails,
    markup,
    objects,
    pages,
    pdfs,
    plain,
    rich_texts,
    streams,
    tables,
    vcards,
)
from connectors.customs_files.limits import Limits
from connectors.customs_files.lines import Lines
from connectors.customs_files.passages import Changed, Document, Edit, Gap, Part, Passage, Reader, UnreadableError

# Known by their first bytes, and not looked at before they are read: what they hold does not stand in their bytes.
PACKED: tuple[Reader, ...] = (archives.read, pdfs.read, compounds.read, streams.read, rich_texts.read)
# Asked in this order; the first that knows the content reads it.
READERS: tuple[Reader, ...] = (
    vcards.read,
    edifact.read,
    pages.read,
    markup.read,
    objects.read,
    mails.read,
    tables.read,
    plain.read,
)
_UNSUPPORTED = (
    (b"\x28\xb5\x2f\xfd", "compressed with zstd: not supported yet"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive: not supported yet"),
    (b"Rar!\x1a\x07", "a RAR archive: not supported yet"),
    (b"SQLite format 3\x00", "a database: not supported"),
    (b"\x78\x9f\x3e\x22", "an Outlook attachment container: not supported yet"),
    (b"\xd7\xcd\xc6\x9a", "a picture"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"II*\x00", "a picture"),
    (b"MM\x00*", "a picture"),
)
_MAGICS = (b"PK\x03\x04", b"%PDF-", compounds.MAGIC, rich_texts.MAGIC, *streams.MAGICS)
_ENCRYPTED = re.compile(r"-----BEGIN PGP MESSAGE-----")
# The first line at least as long as `screen` looks for.
_BASE64 = re.compile(r"\s*[A-Za-z0-9+/]{40,}(?:\s+[A-Za-z0-9+/]+)*={0,2}\s*")
_WITHIN = re.compile(r"\s*(?:\{\s*\"|\[\s*[{\[]|<\?xml|<[A-Za-z_][\w.:-]*[\s/>])")


@dataclass(slots=True)
class Layer:
    """A content and the contents within it; `route` is the way to it from the file, by number of part."""

    document: Document
    route: tuple[int, ...]
    place: str
    changeable: bool = True  # False if it, or a content around it, can't be written
    inner: dict[int, "Layer"] = field(default_factory=dict)


@dataclass(slots=True)
class Reading:
    """All that a file holds: its layers, outermost first, and what of it could not be searched."""

    layers: list[Layer] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)


class Wanted(Protocol):
    """What of a file is worth reading; see `screen`."""

    def part(self, part: Part) -> bool:
        """False if the part holds nothing that is looked for."""

    def rows(self, text: str) -> bool:
        """False if some rows of a table hold nothing that is looked for."""


class Everything:
    """All of a file."""

    def part(self, part: Part) -> bool:
        del part
        return True

    def rows(self, text: str) -> bool:
        return every(text)


EVERYTHING = Everything()


def read(content: bytes, limits: Limits, wanted: Wanted = EVERYTHING) -> Reading:
    """Read a file's content, as far as it is wanted."""
    reading = Reading()
    _Depths(reading, limits, wanted).read(Part("", content, _nowhere), (), "")
    return reading


def read_rows(content: bytes, lines: Lines, limits: Limits, wanted: Wanted = EVERYTHING) -> Reading:
    """Read some rows of a file of which it is known how it is written."""
    reading = Reading()
    part = Part("", content, _nowhere, charset=lines.charset)
    _Depths(reading, limits, wanted).read(part, (), "", certain=lines.reader)
    return reading


class _Depths:
    """Reads parts within parts, and keeps count of what that costs."""

    def __init__(self, reading: Reading, limits: Limits, wanted: Wanted) -> None:
        self.reading = reading
        self.wanted = wanted
        self.limits = limits
        self.bytes_left = limits.unpacked_bytes_max
        self.parts_left = limits.parts_max

    def read(
        self,
        part: Part,
        route: tuple[int, ...],
        place: str,
        *,
        changeable: bool = True,
        certain: Reader | None = None,
    ) -> Layer | None:
        if not part.content:
            return None
        try:
            self._afford(part, route)
            asked = Asked(self.limits, part.charset, self.wanted.rows)
            document = certain(part.content, asked) if certain is not None else self._recognised(part, asked)
            if document is None:
                return None
            refuse(document, self.limits)
        except (UnreadableError, UndecodableError) as error:
            self.reading.gaps.append(Gap(place, str(error)))
            return None
        _embed(document)
        layer = Layer(document, route, place, changeable=changeable and document.changeable)
        self.reading.layers.append(layer)
        self.reading.gaps += (replace(gap, place=_within(place, gap.place)) for gap in document.gaps)
        for number, inner in enumerate(document.parts):
            found = self.read(inner, (*route, number), _within(place, inner.place), changeable=layer.changeable)
            if found is not None:
                layer.inner[number] = found
        return layer

    def _recognised(self, part: Part, asked: Asked) -> Document | None:
        """None if nothing in it is wanted."""
        refuse_unsupported(part.content)
        document = _first(PACKED, part.content, asked)
        if document is None and (part.reader is not None or self.wanted.part(part)):
            document = recognise(part, asked)
        return document

    def _afford(self, part: Part, route: tuple[int, ...]) -> None:
        if not route:
            return
        self.bytes_left -= len(part.content)
        self.parts_left -= 1
        if len(route) > self.limits.depth_max:
            raise UnreadableError(f"packed more than {self.limits.depth_max} deep")
        if self.bytes_left < 0:
            raise UnreadableError(f"unpacks to more than {self.limits.unpacked_bytes_max} bytes")
        if self.parts_left < 0:
            raise UnreadableError(f"more than {self.limits.parts_max} parts")


def recognise(part: Part, asked: Asked) -> Document:
    """Read a content in the format that it is in. Raises UnreadableError, UndecodableError."""
    content = part.content
    refuse_unsupported(content)
    readers: Sequence[Reader] = READERS if part.reader is None else (part.reader, *READERS)
    if part.media_type == "message/rfc822":
        readers = (mails.read, *READERS)
    elif part.media_type == "text/plain":
        readers = (vcards.read, edifact.read, objects.read, markup.read, tables.read, plain.read)
    document = _first(readers, content, asked)
    if document is None:
        raise UnreadableError("an unknown format")
    return document


def _first(readers: Sequence[Reader], content: bytes, asked: Asked) -> Document | None:
    documents = (reader(content, asked) for reader in readers)
    return next((each for each in documents if each is not None), None)


def is_packed(content: bytes) -> bool:
    """True if what a content holds does not stand in its bytes, or can't be read from them."""
    return content.startswith((*_MAGICS, *(magic for magic, _ in _UNSUPPORTED))) or b"%PDF-" in content[:1024]


def refuse_unsupported(content: bytes) -> None:
    """Raise UnreadableError for a format that is known, and not read."""
    for magic, reason in _UNSUPPORTED:
        if content.startswith(magic):
            raise UnreadableError(reason)


def refuse(document: Document, limits: Limits) -> None:
    """Raise UnreadableError for what was read, and is beyond a limit or encrypted."""
    if len(document.passages) > limits.passages_max:
        raise UnreadableError(f"more than {limits.passages_max} values")
    if document.format == "text" and _ENCRYPTED.search(document.decoded.text):
        raise UnreadableError("encrypted")


def _embed(document: Document) -> None:
    """Make parts of the values that hold a document of their own: JSON or XML in a string, a file in base64."""
    if document.format not in {"xml", "json"}:
        return
    kept = []
    for passage in document.passages:
        part = _embedded(document, passage, len(document.parts) + 1) if len(passage.pieces) == 1 else None
        if part is None:
            kept.append(passage)
        else:
            document.parts.append(part)
    document.passages = kept


def _embedded(document: Document, passage: Passage, number: int) -> Part | None:
    text = passage.text
    if len(text) < 12 or passage.pieces[0].notation.whole:
        return None
    if _WITHIN.match(text) and passage.name not in {"comment", "pi"}:
        content = text.encode("utf-8", "surrogatepass")
        part = Part(f"value {number}", content, _through(document, passage, content), "utf-8")
        return part if _is(part, {"json", "xml"}) else None
    if len(text) >= 64 and _BASE64.fullmatch(text):
        raw = text.encode("ascii")
        try:
            content = binascii.a2b_base64(raw)
        except binascii.Error:
            return None
        part = Part(f"value {number}", content, _recoded(document, passage, raw))
        return part if _is(part, None) else None
    return None


def _is(part: Part, formats: set[str] | None) -> bool:
    """True if the content is a document; a digest or a certificate in base64 is none."""
    if formats is None:
        if is_packed(part.content):
            return True
        try:
            part.content.decode("utf-8")
        except UnicodeDecodeError:
            return False
        return not re.search(rb"[\x00-\x08\x0e-\x1a\x7f]", part.content)
    try:
        document = recognise(part, Asked(Limits(), part.charset))
    except (UnreadableError, UndecodableError):
        return False
    return document.format in formats


def _through(document: Document, passage: Passage, content: bytes) -> Callable[[Changed], Sequence[Edit]]:
    piece = passage.pieces[0]

    def outer(changed: Changed) -> Iterator[Edit]:
        decoded = document.decoded
        _, places = piece.notation.read(decoded.text[piece.start : piece.stop])
        for each in changed.edits:
            start = len(content[: each.start].decode("utf-8", "surrogatepass"))
            stop = len(content[: each.stop].decode("utf-8", "surrogatepass"))
            new = decoded.encode(each.new.decode("utf-8"))
            yield Edit(decoded.byte(piece.start + places[start]), decoded.byte(piece.start + places[stop]), new)

    return lambda changed: list(outer(changed))


def _recoded(document: Document, passage: Passage, raw: bytes) -> Callable[[Changed], Sequence[Edit]]:
    piece = passage.pieces[0]

    def outer(changed: Changed) -> Sequence[Edit]:
        (inner,) = mails.rewrapped(0, raw)(changed)
        decoded = document.decoded
        _, places = piece.notation.read(decoded.text[piece.start : piece.stop])
        start = decoded.byte(piece.start + places[inner.start])
        stop = decoded.byte(piece.start + places[inner.stop])
        new = inner.new.decode("ascii")
        return [Edit(start, stop, decoded.encode(new if len(places) == len(raw) + 1 else "".join(new.split())))]

    return outer


def _nowhere(changed: Changed) -> Sequence[Edit]:
    return changed.edits


def _within(place: str, inner: str) -> str:
    return f"{place}, {inner}" if place else inner

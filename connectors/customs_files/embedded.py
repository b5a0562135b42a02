"""Documents within the values of another: JSON or XML in a string, a file in base64."""

import binascii
import re
from collections.abc import Callable, Iterator, Sequence

from connectors.customs_files.asked import Asked
from connectors.customs_files.encodings import UndecodableError
from connectors.customs_files.formats import mails
from connectors.customs_files.limits import Limits
from connectors.customs_files.passages import Changed, Document, Edit, Part, Passage, UnreadableError
from connectors.customs_files.recognising import is_packed, recognise

# The first line at least as long as `screen` looks for.
_BASE64 = re.compile(r"\s*[A-Za-z0-9+/]{40,}(?:\s+[A-Za-z0-9+/]+)*={0,2}\s*")
_WITHIN = re.compile(r"\s*(?:\{\s*\"|\[\s*[{\[]|<\?xml|<[A-Za-z_][\w.:-]*[\s/>])")


def embed(document: Document) -> None:
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

"""Which format a content is in, told from the content itself."""

from collections.abc import Sequence

from connectors.customs_files.asked import Asked
from connectors.customs_files.formats import (
    annotations,
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
from connectors.customs_files.passages import Document, Part, Reader, UnreadableError

# Known by their first bytes, and not looked at before they are read: what they hold does not stand in their bytes.
PACKED: tuple[Reader, ...] = (archives.read, pdfs.read, compounds.read, streams.read, rich_texts.read)
# Asked in this order; the first that knows the content reads it.
READERS: tuple[Reader, ...] = (
    annotations.read,
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
_UNSUPPORTED_MAGICS = tuple(magic for magic, _ in _UNSUPPORTED)
_MAGICS = (b"PK\x03\x04", b"%PDF-", compounds.MAGIC, rich_texts.MAGIC, *streams.MAGICS)


def recognise(part: Part, asked: Asked) -> Document:
    """Read a content in the format that it is in. Raises UnreadableError, UndecodableError."""
    content = part.content
    refuse_unsupported(content)
    readers: Sequence[Reader] = READERS if part.reader is None else (part.reader, *READERS)
    if part.media_type == "message/rfc822":
        readers = (mails.read, *READERS)
    elif part.media_type == "text/plain":
        readers = (annotations.read, vcards.read, edifact.read, objects.read, markup.read, tables.read, plain.read)
    document = first_of(readers, content, asked)
    if document is None:
        raise UnreadableError("an unknown format")
    return document


def first_of(readers: Sequence[Reader], content: bytes, asked: Asked) -> Document | None:
    """What the first of the readers that knows the content reads; None if none does."""
    for reader in readers:
        document = reader(content, asked)
        if document is not None:
            return document
    return None


def is_packed(content: bytes) -> bool:
    """True if what a content holds does not stand in its bytes, or can't be read from them."""
    return content.startswith((*_MAGICS, *_UNSUPPORTED_MAGICS)) or b"%PDF-" in content[:1024]


def refuse_unsupported(content: bytes) -> None:
    """Raise UnreadableError for a format that is known, and not read."""
    if not content.startswith(_UNSUPPORTED_MAGICS):
        return
    for magic, reason in _UNSUPPORTED:
        if content.startswith(magic):
            raise UnreadableError(reason)

"""Text without a structure of its own."""

from connectors.customs_files.encodings import decode
from connectors.customs_files.limits import Limits
from connectors.customs_files.notations import PLAIN
from connectors.customs_files.passages import Document, Passage, Piece


def read(content: bytes, limits: Limits, charset: str | None = None) -> Document | None:
    """Read text; None if the bytes are none."""
    del limits
    decoded = decode(content, charset)
    if decoded is None:
        return None
    document = Document("text", decoded)
    if decoded.text:
        whole = Piece(0, len(decoded.text), 0, len(decoded.text), PLAIN)
        document.passages.append(Passage(decoded.text, (whole,), 0, "text", lines=True))
    return document

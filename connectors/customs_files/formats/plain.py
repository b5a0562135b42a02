"""Text without a structure of its own."""

from connectors.customs_files.asked import Asked
from connectors.customs_files.encodings import decode
from connectors.customs_files.notations import PLAIN
from connectors.customs_files.passages import Document, Passage, Piece


def read(content: bytes, asked: Asked) -> Document | None:
    """Read text; None if the bytes are none."""
    decoded = decode(content, asked.charset)
    if decoded is None:
        return None
    document = Document("text", decoded)
    if decoded.text and asked.keep(decoded.text):
        whole = Piece(0, len(decoded.text), 0, len(decoded.text), PLAIN)
        document.passages.append(Passage(decoded.text, (whole,), 0, "text", lines=True))
    return document

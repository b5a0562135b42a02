"""Runs of text in bytes that are no text: of one and of two bytes a character. Searched, never changed."""

import re
from collections.abc import Iterator

from connectors.customs_files.asked import Asked
from connectors.customs_files.encodings import Decoded
from connectors.customs_files.passages import Document, Passage

_BYTES = re.compile(rb"[\x20-\x7e\x80-\xff]{5,}")
_WIDE = re.compile(rb"(?:[\x20-\xff][\x00-\x02]){5,}")


def runs_of(content: bytes) -> Iterator[str]:
    """Each run once."""
    runs = [each[0].decode("cp1252", "replace") for each in _BYTES.finditer(content)]
    runs += [each[0].decode("utf-16-le", "replace") for each in _WIDE.finditer(content)]
    yield from dict.fromkeys(run.strip() for run in runs)


def read(content: bytes, asked: Asked) -> Document:
    """Read what is known to hold nothing but plain runs: the settings of printers."""
    del asked
    document = Document("settings", Decoded(content, "", "latin-1", 0), changeable=False)
    document.passages = [Passage(run, (), unit, "text") for unit, run in enumerate(runs_of(content))]
    return document

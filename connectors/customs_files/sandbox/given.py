"""What is given to a reading process."""

from dataclasses import dataclass

from connectors.customs_files.windows import Ruled


@dataclass(frozen=True, slots=True)
class Signable:
    """A file's content whose signature is asked for too."""

    content: bytes


Given = bytes | Ruled | Signable


def bytes_of(given: Given) -> bytes:
    """Its content alone."""
    return given if isinstance(given, bytes) else given.content

"""A file of another machine, read piece by piece from a copy.

The copy has no name: it is gone with the process that made it.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from connectors.customs_files.stores.store import Stamp

PIECE_BYTES = 1 << 20


@contextmanager
def copy() -> Iterator[BinaryIO]:
    """An empty file without a name."""
    with tempfile.TemporaryFile() as stream:
        yield stream


class SpooledSource:
    """See `store.Source`."""

    def __init__(self, stream: BinaryIO, stamp: Stamp) -> None:
        self._stream = stream
        self.stamp = stamp
        self.size = stream.seek(0, 2)

    def read(self, start: int, count: int) -> bytes:
        """See `store.Source`."""
        self._stream.seek(start)
        return self._stream.read(count)

    def ensure(self) -> None:
        """A copy doesn't change."""

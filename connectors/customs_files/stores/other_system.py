"""A file system of fsspec, and errors without the names that its own messages hold."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO

import fsspec

from connectors.customs_files.stores import spooled
from connectors.customs_files.stores.store import GoneError, Stamp, TooLargeError, UnavailableError
from habeas.errors import PermanentError, RetriableError, SystemDownError

_PASSING = (TimeoutError, ConnectionError, BlockingIOError, InterruptedError)


class OtherSystem:
    """Connected to when it is first used."""

    def __init__(self, url: str, options: Mapping[str, Any]) -> None:
        """Raises ValueError, ImportError if there is no way to such an address."""
        fsspec.get_filesystem_class(url.partition("://")[0])  # no connection yet
        self._url = url
        self._options = options
        self._connected: tuple[Any, str] | None = None

    @property
    def fs(self) -> Any:
        """The file system. Raises SystemDownError."""
        return self._system()[0]

    def at(self, path: str) -> str:
        """A path of the store as one of the file system's."""
        _, root = self._system()
        return f"{root}/{path}" if path else root

    def listed(self, folder: str) -> list[tuple[str, str]]:
        """What is in a folder with its kind, in order; nothing if it is not there."""
        with translated():
            try:
                found = self.fs.ls(self.at(folder), detail=True)
            except (FileNotFoundError, NotADirectoryError):
                return []
        names = sorted((each["name"].rstrip("/").rpartition("/")[2], str(each["type"])) for each in found)
        return [(f"{folder}/{name}" if folder else name, kind) for name, kind in names]

    def beginning(self, path: str, count: int) -> bytes:
        """The first bytes of a file. Raises UnavailableError, GoneError, RetriableError."""
        with readable():
            return bytes(self.fs.cat_file(self.at(path), start=0, end=count))

    def copied(self, path: str, to: BinaryIO | None, bytes_max: int) -> Stamp:
        """The stamp of a file whose bytes are put into another. Raises UnavailableError, GoneError, RetriableError."""
        digest, size = hashlib.sha256(), 0
        with readable(), self.fs.open(self.at(path), "rb") as stream:
            while piece := stream.read(spooled.PIECE_BYTES):
                digest.update(piece)
                size += len(piece)
                if size > bytes_max:
                    raise TooLargeError(bytes_max)
                if to is not None:
                    to.write(piece)
        return size, digest.digest()

    def close(self) -> None:
        """The next use connects again."""
        self._connected = None

    def _system(self) -> tuple[Any, str]:
        if self._connected is None:
            try:
                fs, root = fsspec.url_to_fs(self._url, **self._options, use_listings_cache=False)
            except (OSError, EOFError) as error:
                raise SystemDownError(f"the file store can't be reached ({type(error).__name__})") from None
            self._connected = fs, root.rstrip("/")
        return self._connected


@contextmanager
def readable() -> Iterator[None]:
    """Why a file can't be read, in words."""
    try:
        yield
    except FileNotFoundError:
        raise GoneError from None
    except _PASSING as error:
        raise RetriableError(f"a file could not be read ({type(error).__name__})") from None
    except OSError as error:
        raise UnavailableError(f"not readable ({type(error).__name__})") from None


@contextmanager
def translated() -> Iterator[None]:
    """What else can't be done."""
    try:
        yield
    except PermissionError:
        raise PermanentError("the file store does not allow it") from None
    except (OSError, EOFError) as error:
        raise RetriableError(f"the file store failed ({type(error).__name__})") from None

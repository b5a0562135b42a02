"""The content of a file that is about to be changed."""

from connectors.customs_files.limits import Limits
from connectors.customs_files.stores.store import Content, GoneError, Store, TooLargeError, UnavailableError
from habeas.errors import PermanentError, RetriableError


def current(store: Store, place: str, bytes_max: int) -> Content | None:
    """What it holds; None if it was deleted since, and nothing is left to erase.

    Raises TooLargeError, RetriableError.
    """
    try:
        return store.read(place, bytes_max)
    except GoneError:
        return None
    except TooLargeError:
        raise
    except UnavailableError as error:
        raise RetriableError(f"a file can't be changed: {error}") from None


def ensured(store: Store, place: str, limits: Limits) -> Content | None:
    """The same for a file that can only be read at once. Raises PermanentError if it is too large for that."""
    try:
        return current(store, place, limits.file_bytes_max)
    except TooLargeError as error:
        raise PermanentError(f"a file can't be changed: {error}") from None

"""Which rows a task has restricted or lifted by now, and whether that changed them: others hang on them."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b

from connectors.sql.changes import Key, Restriction
from habeas.digests import DigestSet

Name = tuple[str, Key, Restriction]


class DealtWith:
    """Of a million rows it takes no more memory than of some thousands."""

    def __init__(self) -> None:
        self._changed = DigestSet()
        self._as_it_was = DigestSet()
        self._undoable: list[bytes] = []
        self._blocks = 0

    def changed(self, name: Name) -> bool | None:
        """None if the row has not been dealt with."""
        digest = _digest(name)
        if digest in self._changed:
            return True
        return False if digest in self._as_it_was else None

    def note(self, name: Name, *, changed: bool) -> None:
        """What is noted first of a row holds."""
        digest = _digest(name)
        if digest in (self._as_it_was if changed else self._changed):
            return
        if (self._changed if changed else self._as_it_was).add(digest) and self._blocks:
            self._undoable.append(digest)

    @contextmanager
    def undone_by_errors(self) -> Iterator[None]:
        """Forgets what was noted within, if it ends in an error."""
        before = len(self._undoable)
        self._blocks += 1
        try:
            yield
        except BaseException:
            for digest in self._undoable[before:]:
                self._changed.discard(digest)
                self._as_it_was.discard(digest)
            del self._undoable[before:]
            raise
        finally:
            self._blocks -= 1
            if not self._blocks:
                self._undoable.clear()


def _digest(name: Name) -> bytes:
    return blake2b(repr(name).encode("utf-8", "surrogatepass"), digest_size=16).digest()

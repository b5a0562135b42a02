"""By what the records of a file are a person's, in the file's own words, at the moment when it is asked.

It is read anew, because a plan says which record, never what it holds, and the record may have been corrected since.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from connectors.customs_files.formats.annotations import ABOUT
from connectors.customs_files.limits import Limits
from connectors.customs_files.loading import File, Joined, Loader, Piece
from connectors.customs_files.passages import Gap
from connectors.customs_files.restrictions import Area
from connectors.customs_files.sandbox.pool import POOL, Reader
from connectors.customs_files.sandbox.told import Told
from connectors.customs_files.spots import CATEGORIES
from connectors.customs_files.stores.store import Store
from habeas.domain.records import Record
from habeas.domain.subjects import Identifier, Subject, identifier
from habeas.errors import RetriableError

About = tuple[tuple[str, str], ...]
"""Labels, and what stands in the file."""


class Whose:
    """Asked by the changes of one task."""

    def __init__(self, store: Store, area: Area, subject: Subject, limits: Limits) -> None:
        self._store = store
        self._area = area
        self._subject = subject
        self._limits = limits
        self._corrected: dict[Identifier, None] = {}

    def correct(self, record: Record, name: str, value: str) -> None:
        """What stands in a field from now on may be all by which the record is known to be the person's."""
        categories = {each.category for each in record.fields if each.name == name}
        for kind in record.matched_by:
            if CATEGORIES[kind] in categories:
                try:
                    self._corrected[identifier(kind, value)] = None
                except ValueError:  # another field of that category: an address
                    continue

    def of(self, kind: str, file: File, blocks: AbstractSet[str]) -> Mapping[str, About]:
        """Of a file of some kind, the blocks that are the person's. Raises RetriableError if it can't be read."""
        found: dict[str, About] = {}
        joined = Joined()
        subject = Subject(self._subject.token, tuple(dict.fromkeys((*self._subject.identifiers, *self._corrected))))
        with POOL.reader([subject], self._limits) as reader:
            for piece in Loader(self._store, self._area, self._limits).pieces([(kind, file)]):
                for told in _told(reader, piece, joined):
                    if isinstance(told, Gap):
                        if not told.place:
                            raise RetriableError(f"a file to be annotated can't be read: {told.reason}")
                    elif told.key in blocks:
                        found[told.key] = tuple((ABOUT[each], text) for each, text in told.held)
        return found


def _told(reader: Reader, piece: Piece, joined: Joined) -> Iterator[Told | Gap]:
    content = piece.taken()
    if isinstance(content, Gap):
        yield content
        return
    for _, item in reader.search([content]):
        told = joined.told(piece, item)
        if told is not None:
            yield told

"""One pass over a store: which files there are, whom they tell of, and what could not be searched."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import accumulate

from connectors.customs_files.annotating import Beside
from connectors.customs_files.clients import Clients
from connectors.customs_files.index.remembered import Remembered
from connectors.customs_files.kinds import ANNOTATIONS, FILE_NAMES, HEAD_BYTES, kind_of
from connectors.customs_files.limits import Limits
from connectors.customs_files.loading import File, Joined, Loader, Piece
from connectors.customs_files.naming import holder, locator_of, printable, shown
from connectors.customs_files.onlooking import seen_by
from connectors.customs_files.passages import Gap
from connectors.customs_files.restrictions import Area, Restricted
from connectors.customs_files.sandbox.given import Given, Signable
from connectors.customs_files.sandbox.passing import Passing
from connectors.customs_files.sandbox.pool import POOL
from connectors.customs_files.sandbox.told import Signed, Told
from connectors.customs_files.search import People
from connectors.customs_files.stores.store import OWN_FOLDER, Entry, Store
from habeas.domain.records import Field, Found, Match, Record, Unsearched
from habeas.domain.subjects import IdentifierKind, Subject
from habeas.errors import PermanentError
from habeas.ports import Memory, Onlooker

OLD_VERSIONS = "old versions of files"
_NAMES_AT_ONCE = 64


class Search:
    """One pass for some people."""

    def __init__(
        self,
        store: Store,
        area: Area,
        limits: Limits,
        subjects: Sequence[Subject],
        clients: Clients,
        *,
        onlooker: Onlooker | None = None,
        memory: Memory | None = None,
    ) -> None:
        self._onlooker = onlooker
        self._memory = memory
        self._store = store
        self._area = area
        self._limits = limits
        self._subjects = subjects
        self._clients = clients
        self._people = People(subjects)
        self._restricted = Restricted()
        self._beside = Beside(store, limits, {})

    def run(self) -> Iterator[Found]:
        """Everything, collection by collection."""
        with closing(Remembered(self._memory, self._limits)) as remembered:
            # What they need to know the readers learn while the store is listed.
            POOL.prepare(self._subjects, self._limits, remembered.key)
            files = list(self._files())
            places = {each.path: each.place for each in files if not each.version}
            self._beside = Beside(self._store, self._limits, places)
            yield from self._file_names(files)
            yield from self._in_files(remembered.wanted(files, self._people.look), len(files), remembered)

    def _in_files(self, files: Sequence[File], all_files: int, remembered: Remembered) -> Iterator[Found]:
        pieces = Loader(self._store, self._area, self._limits).pieces(self._by_kind(files))
        seen = seen_by(self._onlooker, pieces, all_files, begun=all_files - len(files))

        def taken(piece: Piece) -> Given | Gap:
            content = piece.taken()
            if isinstance(content, bytes) and remembered.lacks(piece.file, piece.stamp):
                return Signable(content)
            return content

        passing = Passing(seen, taken, subjects=self._subjects, limits=self._limits, key=remembered.key)
        joined = Joined()
        for piece, item in passing.run():
            if isinstance(item, Signed):
                remembered.note(piece.file, item.signature)
                continue
            told = joined.told(piece, item)
            if isinstance(told, Gap):
                yield from self._unsearched(piece.file, told.place, told.reason)
            elif told is not None:
                yield Found(self._subjects[told.subject].token, self._record(piece.kind, piece.file, told))

    def _files(self) -> Iterator[File]:
        """Every place. The area is looked at before and after: a file may be moved there, or back, meanwhile."""
        before = set(self._area.now().paths)
        entries = list(self._walk())
        self._restricted = self._area.now()
        for entry in entries:
            yield self._of_entry(entry)
        after = set(self._restricted.paths)
        for path in sorted(after):
            yield File(path, self._area.content(path), restricted=True)
        for path in sorted(before - after - {entry.path for entry in entries}):
            yield File(path, path)

    def _walk(self) -> Iterator[Entry]:
        for count, entry in enumerate(self._store.walk(), 1):
            if count > self._limits.entries_max:
                raise PermanentError(f"the file store holds more than {self._limits.entries_max} files")
            yield entry

    def _of_entry(self, entry: Entry) -> File:
        if not entry.path.startswith(f"{OWN_FOLDER}/"):
            return File(entry.path, entry.path, entry.reason, entry.version, stamp=entry.stamp)
        original = self._restricted.original(entry.path)  # an old version of a restricted file
        reason = entry.reason if original else "an old version of a file of which it is not known whose it was"
        return File(original or entry.path, entry.path, reason, entry.version, stamp=entry.stamp)

    def _by_kind(self, files: Sequence[File]) -> list[tuple[str, File]]:
        """Every file with its kind, in the order in which they are searched."""
        current = [each for each in files if each.reason is None and not each.version]
        heads = self._store.heads([each.place for each in current], HEAD_BYTES)
        kinds = {id(each): kind_of(head) for each, head in zip(current, heads, strict=True)}
        pairs = [
            (kinds.get(id(each), OLD_VERSIONS if each.version and each.reason is None else ""), each) for each in files
        ]
        return sorted(pairs, key=lambda pair: (pair[0], pair[1].path, pair[1].version, pair[1].restricted))

    def _file_names(self, files: Sequence[File]) -> Iterator[Found]:
        """Folders and files whose names tell of a person: for a person to decide."""
        paths = list(dict.fromkeys(path for file in files for path in _down_to(file.path)))
        for first in range(0, len(paths), _NAMES_AT_ONCE):
            some = [(path, path.rpartition("/")[2]) for path in paths[first : first + _NAMES_AT_ONCE]]
            if not self._people.may_be_named_in([name for _, name in some]):
                continue
            for path, name in some:
                for subject in sorted(self._people.named_in(name)):
                    yield Found(self._subjects[subject].token, self._file_name(subject, path))

    def _record(self, kind: str, file: File, block: Told) -> Record:
        subject = self._subjects[block.subject]
        key = f"{shown(file.path, block.subject, self._people)}{file.told}#{block.key}"
        held = self._clients.of(file.path)
        noted = file.restricted or file.version
        holders = self._restricted.holders(file.path, file.version) if noted else frozenset()
        removable = bool(file.version or self._clients.is_whole(file.path))
        whole = block.sure and removable
        return Record(
            collection=kind,
            key=key,
            match=Match.STRONG if whole else block.match,
            matched_by=block.matched_by,
            fields=block.fields,
            passage=block.passage,
            redactions=block.redactions,
            relation=held.relation,
            anchors={**block.anchors, **held.anchors},
            restricted=holder(subject, key) in holders,
            client=held.client,
            changeable=removable or block.changeable,
            correctable=block.changeable and not file.version,
            uncorrectable=block.fixed,
            filed=block.filed,
            annotated_for=self._beside.requests(file.path, block.key, file.version),
            annotation=kind == ANNOTATIONS,
            locator=locator_of(file.place if file.version else file.path, block.key, file.version),
        )

    def _file_name(self, subject: int, path: str) -> Record:
        return Record(
            collection=FILE_NAMES,
            key=shown(path, subject, self._people),
            match=Match.WEAK,
            matched_by=(IdentifierKind.NAME,),
            fields=(Field("name", printable(path.rpartition("/")[2]), "identity"),),
            client=self._clients.of(path).client,
            locator=locator_of(path),
        )

    def _unsearched(self, file: File, place: str, reason: str) -> Iterator[Found]:
        for number, subject in enumerate(self._subjects):
            path = f"{shown(file.path, number, self._people)}{file.told}"
            yield Found(subject.token, Unsearched(f"{path}, {place}" if place else path, reason))


def _down_to(path: str) -> Iterator[str]:
    """The folders that a file is in, and the file."""
    parts = path.split("/")
    return accumulate(parts, "{}/{}".format)

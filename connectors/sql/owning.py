"""Whose a row is, and by what: worked out once for rows that follow one another and hang on the same parent."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import partial
from operator import itemgetter

from connectors.sql.json_texts import Path, parse_path
from connectors.sql.json_ways import Source, digest_of, held_in, raws, sources_of
from connectors.sql.recognition import Sought
from connectors.sql.statements import Statements, Way
from connectors.sql.values import scalar
from habeas.domain.records import Match, Scalar, immutable
from habeas.domain.subjects import IdentifierKind

ORDER = {kind: place for place, kind in enumerate(IdentifierKind)}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What follows for every row in which somebody is recognised in the same ways.

    `held` are the sets of columns by which the row is theirs, with their positions; of JSON a digest says whether it
    is so still. `lists` are the paths through lists of several people, by column; empty where the whole row is this
    one's.
    """

    match: Match
    matched_by: tuple[IdentifierKind, ...]
    held: tuple[tuple[tuple[str, int], ...], ...]
    lists: Mapping[str, Sequence[tuple[IdentifierKind, Path]]]


@immutable
class Owner:
    """One whose row it is. `held_by` is what of the row makes it theirs: one object for many rows."""

    token: str
    evidence: Evidence
    held_by: list[dict[str, Scalar]]


_NOTHING = object()


class Recognition:
    """How people are recognised in the rows of one table."""

    def __init__(self, statements: Statements) -> None:
        at = statements.position
        self._statements = statements
        self._own = statements.chain[0]
        self._in_json = frozenset(self._own.in_json)
        self._parent = tuple(self._own.through.columns) if self._own.through else ()
        self._ways: list[tuple[Way, tuple[Source, ...]]] = [
            (way, sources_of(statements.chain[way[0]], way[2], partial(at, way[0]))) for way in statements.ways
        ]
        self._plain = [not any(each.path for each in sources) for _, sources in self._ways]
        naming = {each.position for _, sources in self._ways for each in sources}
        self.naming = _taking(naming)
        """All of a row that tells who is recognised in it."""
        self.telling = _taking(naming | {at(0, column) for column in self._parent})
        """All of a row that `owners` depends on."""
        self._evidence: dict[tuple[Way, ...], Evidence] = {}

    def recognised(self, row: Sequence[object], sought: Sought) -> list[tuple[str, Evidence]]:
        """Each of the people who are recognised in it."""
        ways_of: dict[str, list[Way]] = {}
        for number, (way, _) in enumerate(self._ways):
            for token in self._recognised(number, row, sought):
                ways_of.setdefault(token, []).append(way)
        found = ((token, tuple(ways)) for token, ways in ways_of.items())
        return [(token, self._evidence.get(ways) or self._evidence_of(ways)) for token, ways in found]

    def owner(self, row: Sequence[object], token: str, evidence: Evidence) -> Owner:
        """One of them as the owner of this very row."""
        held_by = [{column: self._tie(column, row[at]) for column, at in each} for each in evidence.held]
        return Owner(token, evidence, held_by)

    def _recognised(self, number: int, row: Sequence[object], sought: Sought) -> Iterable[str]:
        (_, kind, _), sources = self._ways[number]
        if self._plain[number]:
            return sought.owners(kind, tuple([row[each.position] for each in sources]))
        return dict.fromkeys(token for raw in raws(sources, row) for token in sought.owners(kind, raw))

    def _tie(self, column: str, raw: object) -> Scalar:
        return digest_of(str(raw)) if column in self._in_json else scalar(raw)

    def _evidence_of(self, ways: tuple[Way, ...]) -> Evidence:
        """Worked out once; a row that is held by strong identifiers is not held by weak ones too."""
        at = self._statements.position
        kinds = {kind for _, kind, _ in ways}
        strong = any(kind.strong for kind in kinds)
        holding = [way for way in ways if way[1].strong or not strong]
        held = [way[2] for way in holding if way[0] == 0]
        if len(held) < len(holding):
            held.append(self._parent)
        held = [tuple(dict.fromkeys(held_in(self._own, each) for each in columns)) for columns in held]
        self._evidence[ways] = made = Evidence(
            Match.STRONG if strong else Match.WEAK,
            tuple(sorted(kinds, key=ORDER.__getitem__)),
            tuple(tuple((column, at(0, column)) for column in columns) for columns in held),
            self._lists(holding),
        )
        return made

    def _lists(self, ways: Sequence[Way]) -> dict[str, list[tuple[IdentifierKind, Path]]]:
        lists: dict[str, list[tuple[IdentifierKind, Path]]] = {}
        for depth, kind, columns in ways:
            column, path, _ = self._own.json_fields.get(columns[0], ("", "", "")) if depth == 0 else ("", "", "")
            if "[*]" not in path:
                return {}
            lists.setdefault(column, []).append((kind, parse_path(path)))
        return lists


class Owners:
    """The owners of rows that come one after another, in one search."""

    def __init__(self, recognition: Recognition, sought: Sought) -> None:
        self._recognition = recognition
        self._sought = sought
        self._telling, self._naming = recognition.telling, recognition.naming
        self._told: object = _NOTHING
        self._named: object = _NOTHING
        self._recognised: list[tuple[str, Evidence]] = []
        self._last: list[Owner] = []

    def of(self, row: Sequence[object]) -> list[Owner]:
        """The same as of the row before, where all that tells them is the same."""
        told = self._telling(row)
        if told != self._told:
            named = self._naming(row)
            if named != self._named:
                self._recognised = self._recognition.recognised(row, self._sought)
                self._named = named
            self._last = [self._recognition.owner(row, *each) for each in self._recognised]
            self._told = told
        return self._last


def _taking(positions: AbstractSet[int]) -> Callable[[Sequence[object]], object]:
    return itemgetter(*sorted(positions)) if positions else lambda _: ()

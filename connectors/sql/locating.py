"""The connector's own note in each record: where the row is, and what of it makes it this person's."""

from collections.abc import Sequence

from connectors.sql.json_ways import digest_of
from connectors.sql.recognition import Sought
from connectors.sql.statements import Statements
from connectors.sql.values import scalar
from habeas.domain.records import Scalar

Held = tuple[tuple[tuple[str, int], ...], ...]
"""The sets of columns by which rows are somebody's, with their positions in a row."""


class Places:
    """The locators of one table's rows."""

    def __init__(self, statements: Statements) -> None:
        above = statements.restricted_at
        self._in_json = statements.chain[0].in_json
        self._restricted_with = [
            statements.position(depth, column)
            for depth in ([above] if above else ())
            for column in statements.chain[depth].key
        ]

    def locator(
        self,
        row: Sequence[object],
        tables: tuple[str, ...],
        key: list[Scalar],
        held: Held,
        sought: Sought,
    ) -> dict[str, object]:
        """Where the row is, and what of it must still be so for it to be this person's."""
        locator: dict[str, object] = {"table": tables[0], "key": key, "held_by": self._held_by(row, held, sought)}
        if self._restricted_with:
            locator["restricted_with"] = [scalar(row[at]) for at in self._restricted_with]
        return locator

    def _held_by(self, row: Sequence[object], held: Held, sought: Sought) -> list[dict[str, Scalar]]:
        """One object for rows that follow one another and hang on the same parent: that saves most of the work."""
        raw = (self, held, *[row[at] for each in held for _, at in each])
        last, held_by = sought.tied_last
        if raw != last:
            held_by = [{column: self._tie(column, row[at]) for column, at in each} for each in held]
            sought.tied_last = (raw, held_by)
        return held_by

    def _tie(self, column: str, raw: object) -> Scalar:
        return digest_of(str(raw)) if column in self._in_json else scalar(raw)

"""The proof, before a task's changes hold, that what it restricts is out of use.

Looking for the person again can't give it: by what it kept rows were found may have been erased by the same task.
"""

from collections.abc import Mapping, Sequence
from functools import partial

import sqlalchemy as sa

from connectors.sql.changes import Row, Step
from connectors.sql.choosing import Chosen, conditions, keyed
from connectors.sql.restricting import not_restricted
from connectors.sql.target import Target
from habeas.errors import PermanentError


def prove_restricted(connection: sa.Connection, target: Target, done: Mapping[Step, Sequence[Row]]) -> None:
    """Raises PermanentError if rows that were to be restricted, or those by which they are, are in use still.

    A row that is no longer the person's, or no longer there, needs no restriction.
    """
    for step, rows in done.items():
        if step.restriction != "restricted":
            continue
        place = target.restricted_by(step.collection)
        by_ties = place == step.collection
        if not by_ties:
            rows = [Row(key, ()) for key in dict.fromkeys(each.restricted_with for each in rows) if key]  # noqa: PLW2901
        if left := _in_use(connection, target, place, Chosen.of(rows), by_ties=by_ties):
            raise PermanentError(
                f"{left} of the {place} were restricted and are in use still: does a trigger of the database undo it?"
            )


def _in_use(connection: sa.Connection, target: Target, place: str, chosen: Chosen, *, by_ties: bool) -> int:
    way = target.sql_map.tables[place].own_restriction
    assert way is not None
    choose = partial(conditions, shape=chosen.shape) if by_ties else keyed
    where = partial(choose, key=target.sql_map.tables[place].key, dialect=target.prepared.dialect)
    parameters = target.parameters(Step(place, place), chosen)
    name = ("in use", place, by_ties, chosen.shape)
    found = target.prepared.run(connection, name, lambda: not_restricted(place, way, target.live, where), parameters)
    return int(found.scalar_one())

"""Steps as SQL. Only rows that still are the person's are changed, and only what isn't so yet is counted."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import groupby

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from connectors.sql.batches import execute_all
from connectors.sql.changes import Key, Restriction, Row, Step
from connectors.sql.choosing import Chosen, conditions, keyed
from connectors.sql.dealt_with import DealtWith
from connectors.sql.failures import ForbiddenError, forbidden_by_reference
from connectors.sql.filling import assignments, corrected, fills_columns, pseudonyms
from connectors.sql.json_filling import JsonFields, correcting, emptied
from connectors.sql.map import Flag, MoveTo
from connectors.sql.ready import Ready
from connectors.sql.redacting import redact
from connectors.sql.restricting import restricting
from connectors.sql.stating import column_of, stating
from connectors.sql.target import Target
from connectors.sql.traces import Traces
from habeas.domain.subjects import Subject
from habeas.errors import PermanentError
from habeas.ports import Effects


class Execution:
    """Carries out in one transaction what is no deletion, and counts what it really did."""

    def __init__(self, connection: sa.Connection, target: Target, effects: Effects, *, subject: Subject) -> None:
        self._connection = connection
        self._token = subject.token
        self._subject = subject
        self._target = target
        self._effects = effects
        self._dealt_with = DealtWith()

    @contextmanager
    def as_before_if_forbidden(self) -> Iterator[None]:
        """Forgets what was counted within, and raises ForbiddenError, if a foreign key forbids it.

        Undoing it in the database is the caller's.
        """
        counted = self._effects.as_json()
        try:
            with self._dealt_with.undone_by_errors():
                yield
        except IntegrityError as error:
            if not forbidden_by_reference(error):
                raise
            self._effects.counts = Effects.of_json(counted).counts
            raise ForbiddenError from None

    def carry_out(self, step: Step, rows: Sequence[Row]) -> None:
        """Change some rows."""
        self._must_be_known(step)
        if step.restriction and not isinstance(self._way(step.collection), Flag):
            step = self._restrict_elsewhere(step, step.restriction, rows)
        if step.columns and self._target.sql_map.tables[step.collection].free_text:
            changed = redact(self._connection, self._target, step, rows, Traces([self._subject]))
            for verb in sorted({verb for _, verb in step.columns}):
                self._effects.note(step.collection, verb, changed)
            step = replace(step, columns=frozenset())
        if step.columns or step.marked or step.restriction:
            self.note(step, rows, self.fill(step, rows))

    def is_plain(self, step: Step) -> bool:
        """True if `statement` is all that it takes."""
        plain = self._target.plain.get(step)
        if plain is None:
            plain = self._target.plain[step] = self._is_plain(step)
        return plain

    def _is_plain(self, step: Step) -> bool:
        self._must_be_known(step)
        mapped = self._target.sql_map.tables[step.collection]
        return (
            not (step.restriction and not isinstance(mapped.own_restriction, Flag))
            and not mapped.free_text
            and fills_columns(step, mapped)
            and not any(name in mapped.json_fields for name, _ in step.columns)
        )

    def statement(self, step: Step, rows: Sequence[Row]) -> Ready:
        """What fills columns and flag of those rows in which one of them isn't so yet."""
        chosen = Chosen.of(rows)
        table, mapped = self._target.live.tables[step.table], self._target.sql_map.tables[step.collection]

        def made() -> sa.Update:
            sets, differs = assignments(step, mapped, table)
            where = conditions(table, mapped.key, chosen.shape, self._target.prepared.dialect)
            return sa.update(table.clause).where(*where, sa.or_(*differs)).values(sets)

        parameters = self._target.parameters(step, chosen) | pseudonyms(step, mapped, self._token)
        return self._target.prepared.ready((step, chosen.shape), made, parameters)

    def fill(self, step: Step, rows: Sequence[Row]) -> int:
        """Fill columns and flag of those rows in which one of them isn't so yet; the number of such rows."""
        mapped = self._target.sql_map.tables[step.collection]
        plain = [self.statement(step, rows)] if fills_columns(step, mapped) else []
        in_json = sorted(name for name, _ in step.columns if name in mapped.json_fields)
        if not in_json:
            return sum(execute_all(self._connection, plain))
        _, differs = assignments(step, mapped, self._target.live.tables[step.table])
        fields = JsonFields(self._connection, self._target, step, in_json)
        new = emptied(step, mapped, self._token)
        filled = pseudonyms(step, mapped, self._token)
        writes, changed = fields.read(rows, new, sa.or_(sa.false(), *differs), filled)
        execute_all(self._connection, plain)  # first, while what ties the rows to the person is there
        fields.write(writes)
        return changed

    def rectify(self, step: Step, row: Row, values: Mapping[str, str]) -> None:
        """Set some columns of one row, if it is still the person's."""
        mapped = self._target.sql_map.tables[step.collection]
        in_json = sorted(values.keys() & mapped.json_fields.keys())
        fields = JsonFields(self._connection, self._target, step, in_json) if in_json else None
        writes = fields.read([row], correcting(values), sa.false())[0] if fields else []
        plain = {name: value for name, value in values.items() if name not in mapped.json_fields}
        done = self._rectify(step, row, plain) if plain else 0
        if fields:
            fields.write(writes)
        self._effects.note(step.collection, "rectified", max(done, len(writes)))

    def _rectify(self, step: Step, row: Row, values: Mapping[str, str]) -> int:
        chosen, names = Chosen.of([row]), tuple(sorted(values))
        table, mapped = self._target.live.tables[step.table], self._target.sql_map.tables[step.collection]
        dialect = self._target.prepared.dialect

        def made() -> sa.Update:
            new = {name: corrected(table, name, f"new_{number}", dialect) for number, name in enumerate(names)}
            differs = sa.or_(*(table.clause.c[name].is_distinct_from(value) for name, value in new.items()))
            where = conditions(table, key=mapped.key, shape=chosen.shape, dialect=dialect)
            return sa.update(table.clause).where(*where, differs).values(new)

        parameters = self._target.parameters(step, chosen)
        parameters |= {f"new_{number}": values[name] for number, name in enumerate(names)}
        return self._target.prepared.run(self._connection, (step, chosen.shape, names), made, parameters).rowcount

    def state(self, step: Step, row: Row, text: str, request: str) -> None:
        """Add a statement to one row, if it is still the person's and has none of that request."""
        self._must_be_known(step)
        chosen, mapped = Chosen.of([row]), self._target.sql_map.tables[step.collection]
        table, dialect = self._target.live.tables[step.table], self._target.prepared.dialect
        column = column_of(mapped)
        assert column is not None, "asked before"

        def made() -> sa.Update:
            return stating(table, column, conditions(table, key=mapped.key, shape=chosen.shape, dialect=dialect))

        parameters = self._target.parameters(step, chosen) | {"stated": text, "request": request}
        name = (step, chosen.shape, "stated")
        done = self._target.prepared.run(self._connection, name, made, parameters).rowcount
        self._effects.note(step.collection, "annotated", done)

    def _must_be_known(self, step: Step) -> None:
        if step.table not in self._target.live.tables:
            raise PermanentError(f"the plan names {step.table}, which the map no longer has")

    def _way(self, collection: str) -> object:
        return self._target.sql_map.tables[collection].own_restriction

    def note(self, step: Step, rows: Sequence[Row], changed: int) -> None:
        """Count rows that have been filled."""
        for verb in step.verbs:
            self._effects.note(step.collection, verb, changed)
        if step.restriction:
            for row in rows:
                self._dealt_with.note((step.collection, row.key, step.restriction), changed=changed > 0)

    def _restrict_elsewhere(self, step: Step, verb: Restriction, rows: Sequence[Row]) -> Step:
        """Restrict by the parent, a move or a side table; the step is then what is left to do, where the rows are."""
        way = self._target.sql_map.tables[step.collection].own_restriction
        if way is None:
            for parent, group in groupby(rows, key=lambda each: each.restricted_with):
                self._restrict_parent(step.collection, verb, parent, len(list(group)))
            return replace(step, restriction=None)
        chosen = Chosen.of(rows)
        self._effects.note(step.collection, verb, self._restrict(step.collection, verb, chosen, by_ties=True))
        if not isinstance(way, MoveTo):
            return replace(step, restriction=None)
        now_in = way.move_to if verb == "restricted" else self._target.sql_map.place(step.collection)
        return replace(step, restriction=None, table=now_in)

    def _restrict_parent(self, collection: str, verb: Restriction, key: Key | None, rows: int) -> None:
        """Restrict the row with which these are restricted, once, and count them with it."""
        parent = self._target.restricted_by(collection)
        if key is None:
            raise PermanentError(f"the plan does not say by what {collection} are restricted: plan again")
        known = (parent, key, verb)
        was_changed = self._dealt_with.changed(known)
        if was_changed is None:
            changed = self._restrict(parent, verb, Chosen.of([Row(key, ())]), by_ties=False)
            self._effects.note(parent, verb, changed)
            was_changed = changed > 0
            self._dealt_with.note(known, changed=was_changed)
        if was_changed:
            self._effects.note(collection, verb, rows)

    def _restrict(self, collection: str, verb: Restriction, chosen: Chosen, *, by_ties: bool) -> int:
        """Restrict or lift rows of a table in its own way; the number really changed."""
        sql_map, live, prepared = self._target.sql_map, self._target.live, self._target.prepared
        mapped = sql_map.tables[collection]
        assert mapped.own_restriction is not None
        chooses = partial(conditions, shape=chosen.shape) if by_ties else keyed
        where = partial(chooses, key=mapped.key, dialect=prepared.dialect)
        changed = 0
        for number, make in enumerate(restricting(collection, mapped.own_restriction, verb, live, where)):
            parameters = self._target.parameters(Step(collection, collection), chosen)
            name = (collection, verb, by_ties, chosen.shape, number)
            done = prepared.run(self._connection, name, make, parameters).rowcount
            changed = changed or done
            if not changed:
                break
        return changed

"""What a connector that can put a person's words beside their records promises, as a part of the conformance suite."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import pytest

from habeas.domain.outcomes import Annotate, Reason
from habeas.domain.records import Match, Record, Unsearched
from habeas.domain.subjects import IdentifierKind, identifier
from habeas.ports import Annotates, Effects, Erases
from habeas.testing.populated import (
    Populated,
    by_name,
    fields_of,
    name_of,
    planned,
    records_of,
    total,
    untouched,
    values_of,
)

TEXT = 'I no longer work there.\n\nAda & Co, <not> "mine"; Ö.'
ELSEWHERE = identifier(IdentifierKind.EMAIL, "held-nowhere@example.org")
"""The person's too, and in none of the system's records: whoever uses those must not learn it by a statement."""
REQUEST = "6721db8a-51a0-40a6-96be-1cb32eab4c9d"


class AnnotateConformance:
    """The promises of `habeas.ports.Annotates`; skipped for a connector whose changes have no such capability."""

    def test_a_statement_stands_beside_each_record_and_is_found_with_it(self, populated: Populated) -> None:
        """law C16b: the data stays as it is, says that something stands beside it, and that is the person's as well."""
        before, others = by_name(records_of(populated.connector, populated.person)), untouched(populated)
        left_out = _unsearched(populated)
        effects = _annotate(populated)
        assert _unsearched(populated) == left_out
        after = by_name(records_of(populated.connector, populated.person))
        assert {after[name].annotated_for for name in populated.records} == {(REQUEST,)}
        inside = [name for name in populated.records if _is_in_a_field(before[name], after[name])]
        added = [each for name, each in after.items() if name not in before]
        assert len(inside) == (0 if added else len(populated.records))
        for each in added:
            assert each.annotation
            assert each.match is Match.STRONG
            assert TEXT in values_of(each)
        assert not [value for each in after.values() for value in values_of(each) if ELSEWHERE.value in str(value)]
        assert total(effects) == len(populated.records)
        assert untouched(populated) == others

    def test_a_statement_is_put_there_once_for_each_request(self, populated: Populated) -> None:
        """By the same task, as after a crash, and by another; a further request has a further one."""
        _annotate(populated)
        after = by_name(records_of(populated.connector, populated.person))
        for task_id in ("task-1", "task-2"):
            _annotate(populated, task_id=task_id)
            assert by_name(records_of(populated.connector, populated.person)) == after
        _annotate(populated, task_id="task-3", request="another")
        further = by_name(records_of(populated.connector, populated.person))
        assert _times(further.values()) > _times(after.values())
        assert {further[name].annotated_for for name in populated.records} == {(REQUEST, "another")}

    def test_a_statement_is_erased_as_the_data_is(self, populated: Populated) -> None:
        """law C16b: nothing of it is left once all that is surely the person's is erased."""
        _annotate(populated)
        plan = planned(populated)
        with populated.connector.applying(populated.person, "task-2") as application:
            assert isinstance(application, Erases)
            for record in plan:
                application.erase(record, ())
        left = records_of(populated.connector, populated.person)
        assert [each for each in left if each.annotation and values_of(each)] == []
        assert not _times(left)


def _is_in_a_field(before: Record, after: Record) -> bool:
    """True if the words stand below what was in one field of the record, False if all of it is as it was."""
    there, now = fields_of(before), fields_of(after)
    changed = [name for name, value in now.items() if there.get(name) != value]
    for name in changed:
        said = str(now[name])
        assert len(changed) == 1
        assert said.startswith(str(there[name] or ""))
        assert [line for line in TEXT.splitlines() if line not in said] == []
    return bool(changed)


def _times(records: Iterable[Record]) -> int:
    """How often the words are found."""
    return sum(str(value).count(TEXT.splitlines()[0]) for each in records for value in values_of(each))


def _unsearched(populated: Populated) -> list[Unsearched]:
    return [each.what for each in populated.connector.find([populated.person]) if isinstance(each.what, Unsearched)]


def _annotate(populated: Populated, *, task_id: str = "task-1", request: str = REQUEST) -> Effects:
    """Put the same statement beside all that is surely the person's data."""
    plan: list[Record] = [each for each in planned(populated) if not each.annotation]
    assert {name_of(each) for each in plan} == populated.records
    person = replace(populated.person, identifiers=(*populated.person.identifiers, ELSEWHERE))
    with populated.connector.applying(person, task_id) as application:
        able = isinstance(application, Annotates) and all(each.annotated_for is not None for each in plan)
        if not able or not isinstance(application, Annotates):
            pytest.skip("the connector puts nothing beside its records")
        if application.earlier is None:
            for record in plan:
                application.annotate(record, (), Annotate(TEXT, request, date(2026, 11, 22), Reason.STATEMENT))
    return application.earlier or application.effects

"""A populated system to test a connector on, and what a worker would do to it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from habeas.domain.plans import PlannedRecord, from_lines, to_lines
from habeas.domain.records import Field, Match, Record
from habeas.domain.subjects import Subject
from habeas.ports import Anonymises, Application, Connector, Effects, Erases, Rectifies, Restricts

BASICS = frozenset({"identity", "contact", "financial", "transaction"})
"""What the notice keeps of a customer while the rest is erased."""


@dataclass(frozen=True, slots=True)
class Populated:
    """A system of some people, and what it holds.

    `person` has records in several collections and is known by strong identifiers and a name; `records` are the
    (collection, key) of all that is surely theirs. `namesake` is somebody else of the same name with records of their
    own; `namesake_records` are those which the shared name brings up. `bystander` shares nothing with the person.
    `unknown` is in no record. `broken` is the same system out of order, where that can be arranged. `corrections` are
    right values of fields, by record, where a field by which people are recognised is all that can be corrected.
    """

    connector: Connector
    person: Subject
    records: frozenset[tuple[str, str]]
    namesake: Subject
    namesake_records: frozenset[tuple[str, str]]
    bystander: Subject
    unknown: Subject
    broken: Connector | None = None
    written_as: frozenset[str] = field(default_factory=frozenset)
    corrections: Mapping[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)

    @property
    def canaries(self) -> frozenset[str]:
        """What no exception may show: the person's identifiers, and as the system writes them (`written_as`)."""
        return self.written_as | {each.value for each in self.person.identifiers}


Act = Callable[[Application, Record], None]


class Interruption(Exception):  # noqa: N818 - a crash, not an error of ours
    """Stands for whatever ends a worker in the middle of a task."""


def name_of(record: Record) -> tuple[str, str]:
    return record.collection, record.key


def interrupted(plan: Iterable[Record]) -> Iterator[Record]:
    """The plan, and then a crash."""
    yield from plan
    raise Interruption


def by_name(records: Iterable[Record]) -> dict[tuple[str, str], Record]:
    return {name_of(each): each for each in records}


def values_of(record: Record) -> list[object]:
    return [each.value for each in record.fields if each.value is not None]


def fields_of(record: Record) -> dict[str, object]:
    """Each field's value by its name."""
    return {each.name: each.value for each in record.fields}


def total(effects: Effects | None) -> int:
    return sum(sum(verbs.values()) for verbs in effects.counts.values()) if effects else 0


def records_of(connector: Connector, subject: Subject) -> list[Record]:
    """All records found about one subject."""
    found = list(connector.find([subject]))
    assert {each.subject for each in found} <= {subject.token}
    return [each.what for each in found if isinstance(each.what, Record)]


def left_of(populated: Populated) -> list[object]:
    """The values that are still found of what was surely the person's."""
    found = records_of(populated.connector, populated.person)
    return [value for each in found if name_of(each) in populated.records for value in values_of(each)]


def untouched(populated: Populated) -> list[dict[tuple[str, str], Record]]:
    """What is surely the namesake's and the bystander's, value by value."""
    return [
        by_name(each for each in records_of(populated.connector, subject) if each.match is Match.STRONG)
        for subject in (populated.namesake, populated.bystander)
    ]


def planned(populated: Populated) -> list[Record]:
    """What is surely the person's, as a stored plan gives it back: in the order found, without values."""
    found = records_of(populated.connector, populated.person)
    plan = [PlannedRecord(each, ()).without_values() for each in found if each.match is Match.STRONG]
    return [each.record for each in from_lines(to_lines(plan)) if isinstance(each, PlannedRecord)]


def carry_out(populated: Populated, act: Act, *, task_id: str = "task-1") -> Effects | None:
    """Find, plan and apply. None if the connector lacks the capability."""
    return apply(populated, planned(populated), act, task_id=task_id)


def apply(populated: Populated, plan: Iterable[Record], act: Act, *, task_id: str = "task-1") -> Effects | None:
    """Apply a plan as one task. None if the connector lacks the capability."""
    needed = _NEEDS[act]
    with populated.connector.applying(populated.person, task_id) as application:
        assert application.earlier is None
        if not isinstance(application, needed):
            return None
        for record in plan:
            act(application, record)
    return application.effects


def beyond_basics(record: Record) -> tuple[str, ...]:
    """The fields to erase of a record that must be kept in part; none where all goes or all stays."""
    going = tuple(each.name for each in record.fields if each.category not in BASICS)
    return going if len(going) < len(record.fields) else ()


def erase_all(application: Application, record: Record) -> None:
    assert isinstance(application, Erases)
    application.erase(record, ())


def erase_beyond_basics(application: Application, record: Record) -> None:
    assert isinstance(application, Erases)
    if going := beyond_basics(record):
        application.erase(record, going)


def anonymise_all(application: Application, record: Record) -> None:
    assert isinstance(application, Anonymises)
    application.anonymise(record, ())


def restrict_all(application: Application, record: Record) -> None:
    assert isinstance(application, Restricts)
    application.restrict(record)


def lift_all(application: Application, record: Record) -> None:
    assert isinstance(application, Restricts)
    application.lift(record)


def turned_round(records: Iterable[Record]) -> dict[tuple[str, str], dict[str, str]]:
    """Of each record that has one, a field by which nobody is recognised and which holds a word, turned round."""
    return {
        name_of(record): {each.name: str(each.value)[::-1]}
        for record in records
        if (each := next(filter(_is_plain_word, record.fields), None)) is not None
    }


def _is_plain_word(each: Field) -> bool:
    return each.category not in {"identity", "contact"} and isinstance(each.value, str) and each.value.isalpha()


def rectify_by(new: Mapping[tuple[str, str], Mapping[str, str]]) -> Act:
    """Give fields of records, by collection and key, the values that are right."""

    def act(application: Application, record: Record) -> None:
        assert isinstance(application, Rectifies)
        for name, value in new.get(name_of(record), {}).items():
            application.rectify(record, name, value)

    _NEEDS[act] = Rectifies
    return act


_NEEDS: dict[Act, type] = {
    erase_all: Erases,
    erase_beyond_basics: Erases,
    anonymise_all: Anonymises,
    restrict_all: Restricts,
    lift_all: Restricts,
}

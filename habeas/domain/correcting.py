"""Rectification: which fields of a record are corrected, and which can't be (Article 16)."""

from collections.abc import Iterable, Iterator
from datetime import date

from habeas.domain.outcomes import Annotate, Decision, Outcome, Reason, Rectify, Review
from habeas.domain.records import Field, Record
from habeas.domain.subjects import IdentifierKind, identifier
from habeas.domain.wishes import Correction, Wish

_Wrong = tuple[Field, Correction]


def correct(record: Record, wish: Wish, today: date) -> tuple[Decision, ...]:
    """Decide about the fields that a correction names; the others are as they should be, and nothing is said of them.

    A filed declaration is never rewritten: what was declared was declared, and what is right is put beside it. So is a
    statement that completes the data: beside each record that the corrections are about, or beside all where there are
    none. What the system can't do goes to a person.
    """
    if record.annotation:
        return ()
    wrong = list(_wrong(record, wish))
    beside = record.filed and wrong
    decisions = [] if beside else _corrected(record, wrong)
    if beside or (wish.statement and _is_completed(record, wish)):
        decisions += _annotated(record, wrong if beside else [], wish, today)
    return tuple(decisions)


def _wrong(record: Record, wish: Wish) -> Iterator[_Wrong]:
    for field in record.fields:
        correction = next((each for each in wish.corrections if _is_meant(field, record, each)), None)
        if correction is not None and not field.secret and str(field.value) != correction.value:
            yield field, correction


def _corrected(record: Record, wrong: Iterable[_Wrong]) -> list[Decision]:
    groups: dict[Outcome, list[str]] = {}
    for field, correction in wrong:
        possible = record.correctable and field.name not in record.uncorrectable
        fate: Outcome = Rectify(correction.value, Reason.INACCURATE) if possible else Review(Reason.NOT_POSSIBLE)
        groups.setdefault(fate, []).append(field.name)
    return [Decision(outcome, tuple(names)) for outcome, names in groups.items()]


def _is_completed(record: Record, wish: Wish) -> bool:
    """True if the statement is about the record, also once its fields are right."""
    return not wish.corrections or any(
        _is_meant(field, record, each) or (not field.other_person and str(field.value) == each.value)
        for field in record.fields
        for each in wish.corrections
    )


def _annotated(record: Record, wrong: Iterable[_Wrong], wish: Wish, today: date) -> Iterator[Decision]:
    rights = {field.name: f"{field.name} should read: {correction.value}" for field, correction in wrong}
    reason = Reason.FILED if rights else Reason.STATEMENT
    if record.annotated_for is None:
        yield Decision(Review(reason), tuple(rights))
    elif wish.request not in record.annotated_for:
        text = "\n".join(filter(None, [*rights.values(), wish.statement]))
        yield Decision(Annotate(text, wish.request, today, reason), tuple(rights))


def _is_meant(field: Field, record: Record, correction: Correction) -> bool:
    if field.other_person:
        return False
    if correction.old is not None:
        return field.value is not None and _same(field.value, correction.old)
    return correction.what in {field.name, f"{record.collection}.{field.name}"}


def _same(value: object, wanted: str) -> bool:
    """Equal but for case and spaces, or the same phone number in another spelling."""
    there = str(value)
    if " ".join(there.split()).casefold() == " ".join(wanted.split()).casefold():
        return True
    return _phone(wanted) is not None and _phone(there) == _phone(wanted)


def _phone(text: str) -> str | None:
    try:
        return identifier(IdentifierKind.PHONE, text).value
    except ValueError:
        return None

"""Rectification: which fields of a record are corrected, and which can't be (Article 16)."""

from habeas.domain.outcomes import Decision, Outcome, Reason, Rectify, Review
from habeas.domain.records import Field, Record
from habeas.domain.subjects import IdentifierKind, identifier
from habeas.domain.wishes import Correction, Wish


def correct(record: Record, wish: Wish) -> tuple[Decision, ...]:
    """Decide about the fields that a correction names; the others are as they should be, and nothing is said of them.

    A filed declaration is never rewritten: what was declared was declared. It, and what the system can't change, goes
    to a person, who annotates it with the statement.
    """
    groups: dict[Outcome, list[str]] = {}
    for field in record.fields:
        correction = next((each for each in wish.corrections if _is_meant(field, record, each)), None)
        if correction is not None and not field.secret and str(field.value) != correction.value:
            groups.setdefault(_fate(field, record, correction), []).append(field.name)
    return tuple(Decision(outcome, tuple(names)) for outcome, names in groups.items())


def _fate(field: Field, record: Record, correction: Correction) -> Outcome:
    if record.filed:
        return Review(Reason.FILED)
    if not record.correctable or field.name in record.uncorrectable:
        return Review(Reason.NOT_POSSIBLE)
    return Rectify(correction.value, Reason.INACCURATE)


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

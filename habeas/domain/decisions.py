"""What happens to a record: a pure function of the right, the record, the register and the date (architecture 6)."""

from collections.abc import Iterable
from datetime import date
from typing import assert_never

from habeas.domain.outcomes import Decision, Disclose, Erase, Reason, Refer, Restrict, Retain, Review, Withhold
from habeas.domain.plans import PlanItem, PlannedRecord
from habeas.domain.records import Field, Match, Record, Unsearched
from habeas.domain.register import Register
from habeas.domain.requests import Right


def decide(record: Record, right: Right, register: Register, today: date) -> tuple[Decision, ...]:
    """Decide the fate of every field of a record; together the decisions cover all of them, each once.

    A weak match is left to a person, a client's data is referred to the client, whatever right is exercised.
    """
    if record.match is Match.WEAK:
        return (Decision(Review(Reason.WEAK_MATCH)),)
    if record.client is not None:
        return (Decision(Refer(record.client)),)
    match right:
        case Right.ACCESS:
            return _disclosure(record)
        case Right.ERASURE:
            return _erasure(record, register, today)
        case Right.RESTRICTION:
            return (Decision(Restrict()),)
        case _:
            assert_never(right)


def plan_item(
    found: Record | Unsearched, right: Right, register: Register, today: date, *, keep_values: bool = False
) -> PlanItem:
    """Decide about one thing that was found; what is only to be changed is planned without its values."""
    if isinstance(found, Unsearched):
        return found
    planned = PlannedRecord(found, decide(found, right, register, today))
    return planned.without_values() if right.changes_data and not keep_values else planned


def is_done(planned: PlannedRecord) -> bool:
    """True if the record, as found now, is already as its decisions want it: the proof that an action took hold.

    `planned.record` must carry its values.
    """
    return all(_is_done(each, planned.record) for each in planned.decisions)


def _is_done(decision: Decision, record: Record) -> bool:
    match decision.outcome.name:
        case "erase" | "anonymise":
            names = decision.fields or tuple(each.name for each in record.fields)
            return all(each.value is None for each in record.fields if each.name in names)
        case "restrict" | "retain":
            return record.restricted
        case "disclose" | "withhold" | "refer" | "review" | "rectify" | "suppress":
            return True
        case _:
            assert_never(decision.outcome.name)


def _disclosure(record: Record) -> tuple[Decision, ...]:
    secret = _names(each for each in record.fields if each.secret)
    others = _names(each for each in record.fields if each.other_person and not each.secret)
    own = _names(each for each in record.fields if not each.secret and not each.other_person)
    candidates = (
        Decision(Disclose(), own),
        Decision(Withhold(Reason.CREDENTIAL), secret),
        Decision(Withhold(Reason.OTHERS_RIGHTS), others),
    )
    return tuple(each for each in candidates if each.fields)


def _erasure(record: Record, register: Register, today: date) -> tuple[Decision, ...]:
    """Group the fields by the hold that keeps them, the longest one where several do; the rest is erased.

    What the system can't erase is left to a person.
    """
    groups: dict[Retain | Erase | Review, list[str]] = {}
    rest = Erase() if record.changeable else Review(Reason.NOT_POSSIBLE)
    for each in record.fields:
        hold = _longest_hold(each, record, register, today)
        groups.setdefault(hold or rest, []).append(each.name)
    return tuple(Decision(outcome, tuple(names)) for outcome, names in groups.items())


def _longest_hold(field: Field, record: Record, register: Register, today: date) -> Retain | None:
    holds = []
    for rule in register.retention:
        if field.category not in rule.categories or record.relation not in rule.relations:
            continue
        if rule.anchor not in record.anchors:
            continue
        until = rule.until(record.anchors[rule.anchor])
        if until is None or until >= today:
            holds.append(Retain(rule.id, until))
    return max(holds, key=lambda hold: (hold.until is None, hold.until or date.min, hold.rule), default=None)


def _names(fields: Iterable[Field]) -> tuple[str, ...]:
    return tuple(each.name for each in fields)

"""What happens to a record: a pure function of the right, the record, the register and the date (architecture 6)."""

from dataclasses import replace
from datetime import date
from typing import assert_never

from habeas.domain.correcting import correct
from habeas.domain.outcomes import Decision, Disclose, Erase, Outcome, Reason, Refer, Restrict, Review, Withhold
from habeas.domain.plans import PlanItem, PlannedRecord
from habeas.domain.records import Match, Record, Unsearched
from habeas.domain.register import Register
from habeas.domain.requests import Right
from habeas.domain.stopping import stop
from habeas.domain.wishes import Wish

_DISCLOSE = Disclose()
_PORT = Disclose(Reason.PORTABLE)
_NOT_PORTABLE = Withhold(Reason.NOT_PORTABLE)
_CREDENTIAL = Withhold(Reason.CREDENTIAL)
_OTHERS = Withhold(Reason.OTHERS_RIGHTS)
_ERASE = Erase()
_NOT_POSSIBLE = Review(Reason.NOT_POSSIBLE)


def decide(
    record: Record, wish: Wish, register: Register, today: date, *, system: str = "", instructed: bool = False
) -> tuple[Decision, ...]:
    """Decide the fate of every field of a record; together the decisions cover all of them, each once.

    A correction says nothing of what is right already. A weak match is left to a person, a client's data is referred
    to the client, a company of the group's to it, whatever right is exercised. `system` is where the record was found:
    the register may say for whom it is held. `instructed`: the client wants it carried out (Article 28(3)(e)).
    """
    if record.match is Match.WEAK:
        return (Decision(Review(Reason.WEAK_MATCH)),)
    elsewhere = None if instructed else _controller_elsewhere(record, register, system)
    if elsewhere is not None:
        return (Decision(elsewhere),)
    match wish.right:
        case Right.ACCESS:
            return _disclosure(record)
        case Right.PORTABILITY:
            return _porting(record, register.portable)
        case Right.RECTIFICATION:
            return correct(record, wish, today)
        case Right.ERASURE:
            return _erasure(record, register, today, system)
        case Right.RESTRICTION:
            return (Decision(Restrict()),)
        case Right.OBJECTION | Right.WITHDRAWAL:
            longest = register.in_force.longest
            hold = lambda each: longest(each.category, record, today, system=system)  # noqa: E731 - said once, in place
            return stop(record, register.stopping(wish), hold)
        case Right.AUTOMATED_DECISIONS:
            return ()
        case _:
            assert_never(wish.right)


def plan_item(
    found: Record | Unsearched,
    wish: Wish,
    register: Register,
    today: date,
    *,
    system: str = "",
    keep_values: bool = False,
    instructed: bool = False,
) -> PlanItem:
    """Decide about one thing that was found; what is only to be changed is planned without its values."""
    if isinstance(found, Unsearched):
        return found
    planned = PlannedRecord(found, decide(found, wish, register, today, system=system, instructed=instructed))
    return planned.without_values() if wish.right.changes_data and not keep_values else planned


def waits_to_be_weighed(
    found: Record | Unsearched, wish: Wish, register: Register, today: date, *, system: str = ""
) -> bool:
    """True if an objection restricts the record, or leaves a person to part it, for as long as it is not weighed."""
    if isinstance(found, Unsearched):
        return False
    decided = decide(found, replace(wish, weighed=None), register, today, system=system)
    return any(each.outcome.reason is Reason.OBJECTION_PENDING for each in decided)


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
        case "rectify":
            return all(each.value == decision.outcome.value for each in record.fields if each.name in decision.fields)
        case "annotate":
            return decision.outcome.request in (record.annotated_for or ())
        case "disclose" | "withhold" | "refer" | "review" | "suppress":
            return True
        case _:
            assert_never(decision.outcome.name)


def _disclosure(record: Record) -> tuple[Decision, ...]:
    own: list[str] = []
    secret: list[str] = []
    others: list[str] = []
    for each in record.fields:
        (secret if each.secret else others if each.other_person else own).append(each.name)
    candidates = ((_DISCLOSE, own), (_CREDENTIAL, secret), (_OTHERS, others))
    return tuple([Decision(outcome, tuple(names)) for outcome, names in candidates if names])


def _porting(record: Record, portable: frozenset[str]) -> tuple[Decision, ...]:
    """What may not be disclosed may not be ported; of the rest, what Article 20 reaches."""
    own: list[str] = []
    out_of_reach: list[str] = []
    secret: list[str] = []
    others: list[str] = []
    for each in record.fields:
        if each.secret:
            secret.append(each.name)
        elif each.other_person:
            others.append(each.name)
        else:
            (own if each.category in portable else out_of_reach).append(each.name)
    candidates = ((_PORT, own), (_NOT_PORTABLE, out_of_reach), (_CREDENTIAL, secret), (_OTHERS, others))
    return tuple([Decision(outcome, tuple(names)) for outcome, names in candidates if names])


def _controller_elsewhere(record: Record, register: Register, system: str) -> Refer | None:
    """Who decides about the record, None if it is the controller's own; what the record says goes first."""
    if record.client is not None:
        affiliate = register.affiliate(record.client)
        return Refer(affiliate.name, Reason.OTHER_CONTROLLER) if affiliate else Refer(record.client)
    role = register.role_of(system, record.collection, record.relation) if register.roles else None
    if role is not None and role.client is not None:
        return Refer(role.client)
    if role is not None and role.affiliate is not None:
        affiliate = register.affiliate(role.affiliate)
        return Refer(affiliate.name if affiliate else role.affiliate, Reason.OTHER_CONTROLLER)
    return None


def _erasure(record: Record, register: Register, today: date, system: str) -> tuple[Decision, ...]:
    """Group the fields by the hold that keeps them, the longest one where several do; the rest is erased.

    What the system can't erase is left to a person.
    """
    rest: Outcome = _ERASE if record.changeable else _NOT_POSSIBLE
    names: dict[str, list[str]] = {}
    for each in record.fields:
        if each.category in names:
            names[each.category].append(each.name)
        else:
            names[each.category] = [each.name]
    groups: dict[int, tuple[Outcome, list[str]]] = {}  # equal holds are one object
    for category, fields in names.items():
        fate = register.in_force.longest(category, record, today, system=system) or rest
        if id(fate) in groups:
            groups[id(fate)][1].extend(fields)
        else:
            groups[id(fate)] = (fate, fields)
    return tuple([Decision(outcome, tuple(fields)) for outcome, fields in groups.values()])

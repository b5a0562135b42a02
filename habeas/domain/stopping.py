"""Objection and withdrawal of consent: which uses of data end, and what becomes of data that has no use left.

Pure, as all that decides. What ends is a purpose of the register, never a field: a field whose category serves another
purpose stays for that one (Articles 7(3), 17(1)(b) and (c), 18(1)(d), 21).
"""

from collections.abc import Callable, Sequence

from habeas.domain.outcomes import Decision, Erase, Outcome, Reason, Restrict, Review, Suppress, Withhold
from habeas.domain.processing import Basis, Purpose
from habeas.domain.records import Field, Record
from habeas.domain.requests import Right
from habeas.domain.wishes import Wish

_OPEN_TO_OBJECTION: frozenset[Basis] = frozenset({"legitimate-interests", "public-task"})
_CONSENT: frozenset[Basis] = frozenset({"consent"})

_PENDING = Restrict(Reason.OBJECTION_PENDING)

Hold = Callable[[Field], Outcome | None]
"""The hold that keeps a field although nothing needs it any more."""


def ending(wish: Wish, purposes: Sequence[Purpose]) -> tuple[Purpose, ...]:
    """The purposes that end.

    An objection reaches those that rest on nothing but legitimate interests or a public task (Article 21(1)); one to
    marketing reaches all direct marketing, whatever it rests on (21(2), (3)). Withdrawing consent reaches those that
    rest on nothing else (7(3)), and direct marketing that rests on it at all: who withdraws is not written to on
    another ground.
    """
    return tuple(each for each in purposes if _ends(each, wish))


def stop(record: Record, wish: Wish, purposes: Sequence[Purpose], hold: Hold) -> tuple[Decision, ...]:
    """Decide about every field of a record.

    Without a use left a field is erased, or held by what the law demands; for an objection that has to be weighed
    first, as one to direct marketing never has, the record is restricted meanwhile. Where the system has a list of
    those never to be written to, the person goes on it with an end of marketing.
    """
    ended = ending(wish, purposes)
    marketing_ends = any(each.direct_marketing for each in ended)
    groups: dict[Outcome, list[str]] = {}
    for field in record.fields:
        if marketing_ends and record.direct_marketing:
            fate = _useless(field, record, wish, hold)
        else:
            using = [each for each in purposes if field.category in each.categories]
            stopped = [each for each in using if each in ended]
            to_weigh = wish.right is Right.OBJECTION and not all(each.direct_marketing for each in stopped)
            fate = _use_left(using, stopped) or (_PENDING if to_weigh else _useless(field, record, wish, hold))
        groups.setdefault(fate, []).append(field.name)
    decisions = [Decision(outcome, tuple(names)) for outcome, names in _whole(groups).items()]
    if record.suppressible and marketing_ends:
        decisions.append(Decision(Suppress(_reason(wish))))
    return tuple(decisions)


def _ends(purpose: Purpose, wish: Wish) -> bool:
    if wish.marketing:
        return purpose.direct_marketing
    if wish.purposes and purpose.id not in wish.purposes:
        return False
    if wish.right is Right.WITHDRAWAL:
        marketing_on_consent = purpose.direct_marketing and "consent" in purpose.bases
        return marketing_on_consent or {*purpose.bases} <= _CONSENT
    return {*purpose.bases} <= _OPEN_TO_OBJECTION


def _use_left(using: Sequence[Purpose], stopped: Sequence[Purpose]) -> Withhold | None:
    """Why a field stays in use, None if nothing uses it any more."""
    if not stopped:
        return Withhold(Reason.NOT_REACHED)
    return Withhold(Reason.OTHER_PURPOSE) if len(stopped) < len(using) else None


def _useless(field: Field, record: Record, wish: Wish, hold: Hold) -> Outcome:
    held = hold(field)
    if held is not None:
        return held
    return Erase(_reason(wish)) if record.changeable else Review(Reason.NOT_POSSIBLE)


def _whole(groups: dict[Outcome, list[str]]) -> dict[Outcome, list[str]]:
    """Restricting takes a record as a whole: where part of it must stay in use, a person has to part the two."""
    if _PENDING in groups and len(groups) > 1:
        return {Review(Reason.OBJECTION_PENDING) if fate == _PENDING else fate: each for fate, each in groups.items()}
    return groups


def _reason(wish: Wish) -> Reason:
    return Reason.CONSENT_WITHDRAWN if wish.right is Right.WITHDRAWAL else Reason.OBJECTED

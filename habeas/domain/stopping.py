"""Objection and withdrawal of consent: which uses of data end, and what becomes of data that has no use left.

Pure, as all that decides. What ends is a purpose of the register, never a field: a field whose category serves another
purpose stays for that one (Articles 7(3), 17(1)(b) and (c), 18(1)(d), 21).
"""

from collections.abc import Callable, Mapping, Sequence

from habeas.domain.outcomes import Decision, Erase, Outcome, Reason, Restrict, Review, Suppress, Withhold
from habeas.domain.processing import Basis, Purpose
from habeas.domain.records import Field, Record
from habeas.domain.requests import Right
from habeas.domain.wishes import Wish

_OPEN_TO_OBJECTION: frozenset[Basis] = frozenset({"legitimate-interests", "public-task"})
_CONSENT: frozenset[Basis] = frozenset({"consent"})

_PENDING = Restrict(Reason.OBJECTION_PENDING)
_TO_PART = Review(Reason.OBJECTION_PENDING)
_NOT_REACHED = Withhold(Reason.NOT_REACHED)
_OTHER_PURPOSE = Withhold(Reason.OTHER_PURPOSE)
_NOT_POSSIBLE = Review(Reason.NOT_POSSIBLE)
_REMOVED = {Right.OBJECTION: Erase(Reason.OBJECTED), Right.WITHDRAWAL: Erase(Reason.CONSENT_WITHDRAWN)}

Hold = Callable[[Field], Outcome | None]
"""The hold that keeps a field although nothing needs it any more."""


def ending(wish: Wish, purposes: Sequence[Purpose]) -> tuple[Purpose, ...]:
    """The purposes that end.

    An objection reaches those that rest on nothing but legitimate interests or a public task (Article 21(1)); one to
    marketing reaches all direct marketing, whatever it rests on (21(2), (3)). Withdrawing consent reaches those that
    rest on nothing else (7(3)), and direct marketing that rests on it at all: who withdraws is not written to on
    another ground. An objection that was overridden ends direct marketing alone (21(3)).
    """
    return tuple(each for each in purposes if _ends(each, wish))


class Stopping:
    """What a wish ends, worked out once for all records: of each category, whether and why it stays in use."""

    def __init__(self, wish: Wish, purposes: Sequence[Purpose]) -> None:
        self.wish = wish
        self.ended = ending(wish, purposes)
        self.ends_marketing = any(each.direct_marketing for each in self.ended)
        self._purposes = purposes
        self._fates: dict[str, Outcome | None] = {}

    def fate(self, category: str) -> Outcome | None:
        """Why data of that category stays, or waits to be weighed; None if it has no use left."""
        if category not in self._fates:
            self._fates[category] = self._fate(category)
        return self._fates[category]

    def _fate(self, category: str) -> Outcome | None:
        using = [each for each in self._purposes if category in each.categories]
        stopped = [each for each in using if each in self.ended]
        if not stopped:
            return _NOT_REACHED
        if len(stopped) < len(using):
            return _OTHER_PURPOSE
        to_weigh = (
            self.wish.right is Right.OBJECTION
            and not self.wish.weighed
            and not all(each.direct_marketing for each in stopped)
        )
        return _PENDING if to_weigh else None


def stop(record: Record, stopping: Stopping, hold: Hold) -> tuple[Decision, ...]:
    """Decide about every field of a record.

    Without a use left a field is erased, or held by what the law demands; for an objection that has to be weighed
    first, as one to direct marketing never has, the record is restricted meanwhile. Where the system has a list of
    those never to be written to, the person goes on it with an end of marketing.
    """
    goes = stopping.ends_marketing and record.direct_marketing
    useless: dict[str, Outcome] = {}
    groups: dict[int, tuple[Outcome, list[str]]] = {}  # equal fates are one object
    for field in record.fields:
        fate = None if goes else stopping.fate(field.category)
        if fate is None:
            fate = useless.get(field.category) or useless.setdefault(
                field.category, hold(field) or (_REMOVED[stopping.wish.right] if record.changeable else _NOT_POSSIBLE)
            )
        if id(fate) in groups:
            groups[id(fate)][1].append(field.name)
        else:
            groups[id(fate)] = (fate, [field.name])
    decisions = [Decision(_whole(fate, groups), tuple(names)) for fate, names in groups.values()]
    if record.suppressible and stopping.ends_marketing:
        decisions.append(Decision(Suppress(_REMOVED[stopping.wish.right].reason)))
    return tuple(decisions)


def _ends(purpose: Purpose, wish: Wish) -> bool:
    if wish.marketing:
        return purpose.direct_marketing
    if wish.weighed == "overridden" and not purpose.direct_marketing:
        return False
    if wish.purposes and purpose.id not in wish.purposes:
        return False
    if wish.right is Right.WITHDRAWAL:
        marketing_on_consent = purpose.direct_marketing and "consent" in purpose.bases
        return marketing_on_consent or {*purpose.bases} <= _CONSENT
    return {*purpose.bases} <= _OPEN_TO_OBJECTION


def _whole(fate: Outcome, groups: Mapping[int, object]) -> Outcome:
    """Restricting takes a record as a whole: where part of it must stay in use, a person has to part the two."""
    return _TO_PART if fate is _PENDING and len(groups) > 1 else fate

"""What each recipient is told of a change: what became of data that it has received, about whom, and no more."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from habeas.domain.identity import Identity
from habeas.domain.outcomes import Annotate, Anonymise, Erase, Outcome, Reason, Rectify, Restrict, Retain
from habeas.domain.plans import PlanItem, PlannedRecord
from habeas.domain.records import Field, Record
from habeas.domain.register import Recipient, Register
from habeas.domain.subjects import Identifier, IdentifierKind
from habeas.letters.notice import Done
from schemas.recipients import Fate

_ORDER: tuple[Fate, ...] = ("erased", "rectified", "restricted", "lifted", "restored")
_CORRECTIONS_MAX = 100


@dataclass(slots=True)
class _Received:
    """What one recipient has received of what was changed."""

    categories: dict[Fate, set[str]] = field(default_factory=dict)
    corrections: dict[tuple[str, str], None] = field(default_factory=dict)
    found_by: set[IdentifierKind] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Concern:
    """A recipient, what became of its data, and by which kinds of identifiers the person was found in that."""

    recipient: Recipient
    done: tuple[Done, ...]
    found_by: frozenset[IdentifierKind]

    def person(self, who: Identity) -> tuple[Identifier, ...]:
        """What it may be told of who it is: those kinds that it knows, else those by which the records were found.

        The first strong identifier that was stated, where there is none of these and no name.
        """
        kinds = (self.recipient.notify.identifiers if self.recipient.notify else None) or self.found_by
        names = [each for each in who.identifiers if each.kind is IdentifierKind.NAME][:1]
        strong = [each for each in who.identifiers if each.kind.strong]
        known = [each for each in strong if each.kind in kinds] or strong[: 0 if names else 1]
        return (*names, *known)


class Concerned:
    """Whom changes concern; fed with what was planned in each system, item by item."""

    def __init__(self, register: Register) -> None:
        self._received: dict[str, tuple[Recipient, _Received]] = {
            each.key: (each, _Received()) for each in register.recipients
        }
        self._seen: set[tuple[object, ...]] = set()

    def note(self, system: str, items: Iterator[PlanItem], turn: "Turn | None" = None) -> None:
        """Take in a plan that was carried out, or of which something was taken back: `turn` says what."""
        for item in items:
            if isinstance(item, PlannedRecord):
                self._note_record(system, item, turn or carried_out)

    def concerns(self) -> list[Concern]:
        """One for each recipient that has received any of it, in the register's order."""
        return [
            Concern(recipient, _done(received), frozenset(received.found_by))
            for recipient, received in self._received.values()
            if received.categories
        ]

    def _note_record(self, system: str, item: PlannedRecord, turn: "Turn") -> None:
        record = item.record
        for decision in item.decisions:
            fate = turn(record, decision.outcome)
            if fate is None:
                continue
            fields = [each for each in record.fields if not decision.fields or each.name in decision.fields]
            categories = frozenset(each.category for each in fields)
            corrections = tuple(_corrections(decision.outcome, fields))
            told = (fate, categories, record.matched_by, corrections)
            if (system, *told) not in self._seen:  # a person may have a million records, of few kinds
                self._seen.add((system, *told))
                self._tell(system, *told)

    def _tell(
        self,
        system: str,
        fate: Fate,
        categories: frozenset[str],
        found_by: Sequence[IdentifierKind],
        corrections: Sequence[tuple[str, str, str]],
    ) -> None:
        for recipient, received in self._received.values():
            systems = recipient.notify.systems if recipient.notify else frozenset()
            mine = categories & recipient.categories if recipient.categories else categories
            if not mine or (systems and system not in systems):
                continue
            received.categories.setdefault(fate, set()).update(mine)
            received.found_by.update(found_by)
            for name, value, category in corrections:
                if category in mine and len(received.corrections) < _CORRECTIONS_MAX:
                    received.corrections[name, value] = None


def _corrections(outcome: Outcome, fields: Sequence[Field]) -> Iterator[tuple[str, str, str]]:
    """Names, what is right, and the categories of what it is about."""
    match outcome:
        case Rectify():
            yield from ((each.name, outcome.value, each.category) for each in fields)
        case Annotate():
            yield from (
                ("statement", outcome.text, category) for category in sorted({each.category for each in fields})
            )


Turn = Callable[[Record, Outcome], Fate | None]
"""What a recipient is to be told of an outcome that a plan has for a record; None if nothing."""


def carried_out(record: Record, outcome: Outcome) -> Fate | None:
    """What the plan says was done."""
    match outcome:
        case Erase() | Anonymise():
            return "erased"
        case Rectify() | Annotate():
            return "rectified"
        case Retain(reason=Reason.REFERENCED):
            return None
        case Restrict() | Retain():
            return None if record.restricted else "restricted"
    return None


def restored(record: Record, outcome: Outcome) -> Fate | None:
    """Its erasures were a mistake and were put back."""
    return "restored" if carried_out(record, outcome) == "erased" else None


@dataclass(frozen=True, slots=True)
class Lifted:
    """Its restrictions are lifted, in these collections; also of what had been restricted by an earlier request."""

    collections: frozenset[str]

    def __call__(self, record: Record, outcome: Outcome) -> Fate | None:
        """As a `Turn`."""
        return "lifted" if isinstance(outcome, Restrict) and record.collection in self.collections else None


def _done(received: _Received) -> tuple[Done, ...]:
    return tuple(
        Done(
            fate,
            tuple(sorted(received.categories[fate])),
            tuple(received.corrections) if fate == "rectified" else (),
        )
        for fate in _ORDER
        if fate in received.categories
    )

"""The holds in force, worked out once for a register: millions of records are decided by a handful of rules."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from habeas.domain.outcomes import Reason, Retain
from habeas.domain.records import Record
from habeas.domain.retention import Accounting, Matter, RetentionRule

_DATES_MAX = 50_000
_NO_DATE = date.min


class _Rule:
    """A rule, and the holds that it has come to before, by the date from which they count."""

    def __init__(self, rule: RetentionRule, accounting: Accounting) -> None:
        self._rule = rule
        self._accounting = accounting
        self._names = tuple(name for name in (rule.instead_of_anchor, rule.anchor) if name is not None)
        self._known: dict[tuple[str, date | None], Retain] = {}

    def hold(self, anchors: Mapping[str, date | None], today: date) -> Retain | None:
        """What it comes to for a record with these dates; None if the record has none of its own, or it is over."""
        for name in self._names:
            if name in anchors:
                day = anchors[name]
                hold = self._known.get((name, day)) or self._work_out(name, day)
                return hold if hold.until is None or hold.until >= today else None
        return None

    def _work_out(self, name: str, day: date | None) -> Retain:
        if len(self._known) >= _DATES_MAX:
            self._known.clear()
        hold = Retain(self._rule.id, self._rule.until(day, self._accounting), self._rule.reason, anchor=name)
        self._known[name, day] = hold
        return hold


class Holds:
    """The rules that bind the controller, found by category and relation, and the matters that are open."""

    def __init__(self, rules: Iterable[RetentionRule], matters: Sequence[Matter], accounting: Accounting) -> None:
        self._rules = [(rule, _Rule(rule, accounting)) for rule in rules]
        self._matters = [(each, Retain(each.id, each.released, Reason.LEGAL_CLAIMS)) for each in matters]
        self._found: dict[tuple[str, str | None], tuple[_Rule, ...]] = {}

    def longest(self, category: str, record: Record, today: date, *, system: str) -> Retain | None:
        """The hold that keeps data of this category longest, None if there is none.

        One without an end is longer than any with one; of two that end on the same day the later by name is told.
        """
        rules = self._found.get((category, record.relation))
        if rules is None:
            rules = self._find(category, record.relation)
        longest = None
        for rule in rules:
            hold = rule.hold(record.anchors, today)
            if hold is not None and (longest is None or _is_longer(hold, longest)):
                longest = hold
        for hold in self._of_matters(category, record, today, system) if self._matters else ():
            if longest is None or _is_longer(hold, longest):
                longest = hold
        return longest

    def _find(self, category: str, relation: str | None) -> tuple[_Rule, ...]:
        found = tuple(
            compiled
            for rule, compiled in self._rules
            if category in rule.categories and (not rule.relations or relation in rule.relations)
        )
        if len(self._found) < _DATES_MAX:
            self._found[category, relation] = found
        return found

    def _of_matters(self, category: str, record: Record, today: date, system: str) -> Iterator[Retain]:
        place = f"{system}/{record.collection}/{record.key}"
        return (hold for each, hold in self._matters if each.holds(category, record.relation, place, today))


def _is_longer(one: Retain, other: Retain) -> bool:
    return (one.until is None, one.until or _NO_DATE, one.rule) > (
        other.until is None,
        other.until or _NO_DATE,
        other.rule,
    )

"""A second look at a system in which a request was fulfilled: what was done then, and what is to be decided now."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date

from habeas.domain.outcomes import Anonymise, Erase, Reason, Restrict, Retain
from habeas.domain.plans import PlanItem, PlannedRecord
from habeas.domain.records import Record
from habeas.domain.register import Register
from habeas.domain.revisits import decide_again
from habeas.domain.wishes import Wish
from habeas.ports import RETAINED_BY_REFERENCE
from schemas.event import SummaryLine
from schemas.revisits import RevisitAsked

Opening = Callable[[], AbstractContextManager[Iterator[PlanItem]]]


class Revisit:
    """What one task looks again for; of each record that was planned before it keeps a digest and what was erased."""

    def __init__(self, asked: RevisitAsked, *, system: str, wish: Wish, moot: bool = False) -> None:
        """`moot` if the erasure was undone: then nothing of it is done again."""
        self.asked = asked
        self._moot = moot
        self._system = system
        self._wish = wish
        self._before: dict[bytes, frozenset[str]] = {}
        self._restricted: set[bytes] | None = set()
        self._referred_to: Counter[str] = Counter()
        self._left: Opening | None = None
        self._seen: set[bytes] = set()

    def remember(self, plan: Opening, effects: Mapping[str, Mapping[str, int]] | None) -> None:
        """Take in a plan that was carried out before; the last one tells what was left."""
        shared: dict[frozenset[str], frozenset[str]] = {}
        with plan() as items:
            for item in items:
                if isinstance(item, PlannedRecord):
                    key = digest(item.record)
                    fields = self._before.get(key, frozenset()) | _erased(item)
                    self._before[key] = shared.setdefault(fields, fields)
        for collection, verbs in (effects or {}).items():
            self._referred_to[collection] = max(self._referred_to[collection], verbs.get(RETAINED_BY_REFERENCE, 0))

    def remember_left(self, plan: Opening) -> None:
        """Reach what this plan left by its keys, where no identifier leads to it any more."""
        self._left = plan

    def keep_restricted(self, plan: Opening | None) -> None:
        """Let stand what another request restricts; everything, if its plan can't be read any more."""
        if plan is None:
            self._restricted = None
        elif self._restricted is not None:
            with plan() as items:
                self._restricted |= {
                    digest(each.record) for each in items if isinstance(each, PlannedRecord) and _restricts(each)
                }

    def begin(self) -> None:
        """Before each pass over the system."""
        self._seen = set()

    def plan(self, record: Record, register: Register, today: date) -> PlannedRecord:
        """What is to happen to a record that was found, with its values."""
        key = digest(record)
        self._seen.add(key)
        if self._moot:
            return PlannedRecord(record, ())
        decisions = decide_again(
            record,
            self._wish,
            register,
            today,
            system=self._system,
            erased_before=self._before.get(key),
            restricted=self._restricted is None or key in self._restricted,
        )
        return PlannedRecord(record, decisions)

    def not_found(self, register: Register, today: date) -> Iterator[PlannedRecord]:
        """The records that were left, and that the pass did not find: an erasure took what had led to them."""
        if self._left is None:
            return
        with self._left() as items:
            for item in items:
                if isinstance(item, PlannedRecord) and _leaves(item) and digest(item.record) not in self._seen:
                    yield self.plan(replace(item.record, matched_by=(), restricted=True), register, today)

    def reappeared(self, summary: Sequence[SummaryLine]) -> dict[str, int]:
        """How many records are there again, by collection; not those that the system's own references had kept."""
        counts: Counter[str] = Counter()
        for line in summary:
            if line.reason == Reason.REAPPEARED:
                counts[line.collection] += line.records
        counts.subtract({name: self._referred_to[name] for name in counts})
        return dict(+counts)


def _erased(item: PlannedRecord) -> frozenset[str]:
    names: set[str] = set()
    for each in item.decisions:
        if isinstance(each.outcome, Erase | Anonymise):
            names.update(each.fields or (field.name for field in item.record.fields))
    return frozenset(names)


def _leaves(item: PlannedRecord) -> bool:
    return any(isinstance(each.outcome, Retain | Restrict) for each in item.decisions)


def _restricts(item: PlannedRecord) -> bool:
    return any(isinstance(each.outcome, Restrict) for each in item.decisions)


def digest(record: Record) -> bytes:
    """By which a record is known again within its system, without telling which it is."""
    name = f"{record.collection}\0{record.key}".encode("utf-8", "surrogateescape")
    return hashlib.blake2b(name, digest_size=16).digest()

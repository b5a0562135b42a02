"""Carries the decisions of a plan out, one capability of the connector for each kind of outcome."""

from collections.abc import Iterable
from typing import TypeVar, assert_never, cast

from habeas.domain.outcomes import (
    Annotate,
    Anonymise,
    Decision,
    Disclose,
    Erase,
    Rectify,
    Refer,
    Restrict,
    Retain,
    Review,
    Suppress,
    Withhold,
)
from habeas.domain.plans import PlanItem
from habeas.domain.records import Record, Unsearched
from habeas.errors import PermanentError
from habeas.ports import Annotates, Anonymises, Application, Erases, Rectifies, Restricts, Suppresses

_Capability = TypeVar("_Capability")


def carry_out(plan: Iterable[PlanItem], application: Application) -> None:
    """Do what the plan says, record by record.

    Raises PermanentError if the system can't do one of the things at all: what was begun is then undone where the
    system allows it, and an operator sees the dead letter.
    """
    able = _Abilities(application)
    for item in plan:
        if isinstance(item, Unsearched):
            continue
        for decision in item.decisions:
            _carry_out(decision, item.record, able)


def _carry_out(decision: Decision, record: Record, able: "_Abilities") -> None:
    match decision.outcome:
        case Disclose() | Withhold() | Refer() | Review():
            pass
        case Erase():
            able.needed(Erases).erase(record, decision.fields)
        case Anonymise():
            able.needed(Anonymises).anonymise(record, decision.fields)
        case Restrict() | Retain():
            if not record.restricted:
                able.needed(Restricts).restrict(record)
        case Rectify() as rectify:
            for name in decision.fields:
                able.needed(Rectifies).rectify(record, name, rectify.value)
        case Annotate() as annotation:
            able.needed(Annotates).annotate(record, decision.fields, annotation)
        case Suppress():
            able.needed(Suppresses).suppress(record)
        case _:
            assert_never(decision.outcome)


class _Abilities:
    """What the system can do; asked once, since a plan may have a million records."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._has: set[type] = set()

    def needed(self, capability: type[_Capability]) -> _Capability:
        if capability not in self._has and not isinstance(self._application, capability):
            raise PermanentError(f"the system offers no way to do this: {capability.__name__.lower()}")
        self._has.add(capability)
        return cast("_Capability", self._application)

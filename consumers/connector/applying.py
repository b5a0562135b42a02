"""Carries the decisions of a plan out, one capability of the connector for each kind of outcome."""

from collections.abc import Iterable
from typing import TypeVar, assert_never

from habeas.domain.outcomes import (
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
from habeas.ports import Anonymises, Application, Erases, Rectifies, Restricts, Suppresses

_Capability = TypeVar("_Capability")


def carry_out(plan: Iterable[PlanItem], application: Application) -> None:
    """Do what the plan says, record by record.

    Raises PermanentError if the system can't do one of the things at all: what was begun is then undone where the
    system allows it, and an operator sees the dead letter.
    """
    for item in plan:
        if isinstance(item, Unsearched):
            continue
        for decision in item.decisions:
            _carry_out(decision, item.record, application)


def _carry_out(decision: Decision, record: Record, application: Application) -> None:
    match decision.outcome:
        case Disclose() | Withhold() | Refer() | Review():
            pass
        case Erase():
            _needed(application, Erases).erase(record, decision.fields)
        case Anonymise():
            _needed(application, Anonymises).anonymise(record, decision.fields)
        case Restrict() | Retain():
            if not record.restricted:
                _needed(application, Restricts).restrict(record)
        case Rectify() as rectify:
            for name in decision.fields:
                _needed(application, Rectifies).rectify(record, name, rectify.value)
        case Suppress():
            _needed(application, Suppresses).suppress(record)
        case _:
            assert_never(decision.outcome)


def _needed(application: Application, capability: type[_Capability]) -> _Capability:
    if not isinstance(application, capability):
        raise PermanentError(f"the system offers no way to do this: {capability.__name__.lower()}")
    return application

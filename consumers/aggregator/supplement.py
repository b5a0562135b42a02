"""What a further answer tells: what became of the records that were left open in the first one."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import islice

from consumers.connector.tally import Tally, as_carried_out
from habeas.domain import plans
from habeas.domain.cases import Case
from habeas.domain.identity import Identity
from habeas.domain.outcomes import Reason
from habeas.domain.plans import PlanItem, PlannedRecord
from habeas.domain.reviews import Verdict, controller_of
from habeas.errors import PermanentError
from habeas.letters.answer import SystemOutcome
from habeas.ports import Effects
from habeas.vault.artefacts import Artefact
from habeas.vault.errors import ArtefactLostError
from habeas.vault.vault import UnlockedVault
from schemas.events import SummaryLine, TaskCompleted
from schemas.reviews import ReviewCompleted, ReviewDecided
from schemas.revisits import RevisitCompleted

PlanOpener = Callable[[], AbstractContextManager[Iterator[PlanItem]]]
_Done = TaskCompleted | ReviewCompleted
_Planned = _Done | RevisitCompleted

_FATES = {
    Verdict.OTHER_PERSON: ("withhold", Reason.OTHER_PERSON),
    Verdict.DONE_BY_HAND: ("by-hand", Reason.DONE_BY_HAND),
    Verdict.DECLINE: ("refer", Reason.CLIENT_DECLINED),
}


class Opening:
    """How to open what is sealed for a case: who asks, and the plans."""

    def __init__(self, sealed: Mapping[str, Artefact], vault: UnlockedVault) -> None:
        self._sealed = sealed
        self._vault = vault

    def first_of(self, completions: Sequence[_Planned]) -> PlanOpener:
        """What was found: each first plan, one after the other, since later rounds repeat what those left over."""
        ids = [str(each.plan[0]) for each in completions if each.plan]

        @contextmanager
        def opening() -> Iterator[Iterator[PlanItem]]:
            yield (item for id_ in ids for item in self.items(id_))

        return opening

    def identity(self, case: Case) -> Identity:
        """Who asks. Raises PermanentError before the request is accepted, or if it is no longer held."""
        if case.accepted is None:
            raise PermanentError("the case has no accepted request")
        sealed = self._sealed.get(str(case.accepted.identity))
        if sealed is None:
            raise ArtefactLostError("the sealed identity is not in this database")
        return Identity.of_bytes(self._vault.unseal(sealed))

    def items(self, id_: str) -> Iterator[PlanItem]:
        """One plan, item by item."""
        with self._vault.opening(self._sealed[id_]) as lines:
            yield from plans.from_lines(lines)


def summary_of(done: _Done, opening: Opening) -> tuple[SummaryLine, ...]:
    """The event's own, unless records are referred: who the clients are stands only in the sealed plan."""
    if all(line.outcome != "refer" for line in done.summary):
        return done.summary
    tally = Tally()
    with opening.first_of([done])() as items:
        for item in items:
            tally.count(item)
    copies = tuple(line for line in done.summary if line.reason == Reason.UNMAPPED_COPY)  # they are in no plan
    return as_carried_out(tally.summary(naming_clients=True), done.effects) + copies


def supplement_artefacts(case: Case) -> Iterator[str]:
    """The ids of the sealed plans that a further answer needs."""
    for decided in case.reviews.untold:
        if decided.plan is not None:
            yield str(decided.plan)
        done = case.reviews.completions.get(str(decided.decision))
        yield from (str(id_) for id_ in (done.plan if done else ()))


def supplement_outcomes(case: Case, opening: Opening, titles: Mapping[str, str]) -> tuple[SystemOutcome, ...]:
    """The part of each system about whose records something was decided that the person does not know yet."""
    untold = case.reviews.untold
    return tuple(
        _outcome(system, titles.get(system, system), [each for each in untold if each.system == system], case, opening)
        for system in dict.fromkeys(each.system for each in untold)
    )


def _outcome(system: str, title: str, decided: Sequence[ReviewDecided], case: Case, opening: Opening) -> SystemOutcome:
    found = (case.reviews.completions.get(str(each.decision)) for each in decided)
    done = [each for each in found if each is not None]
    effects = Effects()
    for each in done:
        for collection, verbs in each.effects.items():
            for verb, records in verbs.items():
                effects.note(collection, verb, records)
    lines = [line for each in done for line in summary_of(each, opening)]
    lines += [line for each in decided for line in _settled_otherwise(each, opening)]
    return SystemOutcome(
        system=system,
        title=title,
        status="completed",
        summary=tuple(lines),
        effects=effects.as_json(),
        left_over=sum(each.left_over + each.gone for each in done),
        plan=opening.first_of(done),
    )


def _settled_otherwise(decided: ReviewDecided, opening: Opening) -> Iterator[SummaryLine]:
    """What was decided with nothing to do for the system."""
    fate = _FATES.get(Verdict(decided.verdict))
    if fate is None:
        return
    controller = _controller(decided, opening) if Verdict(decided.verdict) is Verdict.DECLINE else None
    for collection, items in Counter(collection for collection, _ in _places(decided)).items():
        yield SummaryLine(collection=collection, outcome=fate[0], reason=fate[1], controller=controller, records=items)


def _places(decided: ReviewDecided) -> set[tuple[str, int]]:
    return {(item.collection, item.line) for item in decided.items}


def _controller(decided: ReviewDecided, opening: Opening) -> str | None:
    """An instruction is one client's, so any of its records tells who that is."""
    first = decided.items[0].line
    item = next(islice(opening.items(str(decided.plan)), first, None), None)
    return controller_of(item) if isinstance(item, PlannedRecord) else None

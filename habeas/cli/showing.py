"""One case, or one plan, on the screen."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from consumers.delivery.folder import answer_folder
from consumers.task_ids import ANSWER
from habeas.cli import (
    answer_words,
    letter_words,
    lifting_words,
    progress_words,
    recipient_words,
    review_words,
    revisit_words,
    time_words,
    wording,
)
from habeas.cli.letter_words import Actors, said_by, who
from habeas.cli.output import console, styled, table
from habeas.domain.cases import Case
from habeas.domain.requests import Right
from habeas.ports import Refusal
from schemas.events import (
    CaseChanged,
    Event,
    ReplayRequested,
    RequestAccepted,
    RequestReceived,
    SummaryLine,
    SystemSilent,
    TaskCompleted,
    TaskFailed,
    UndoCompleted,
    UndoRequested,
)

if TYPE_CHECKING:
    from habeas.storage.work import UnderWay

_COLUMNS = ["collection", "what happens", "records", "why"]


@dataclass(frozen=True, slots=True)
class PlannedSystem:
    """What a dry run says of one system."""

    system: str
    title: str
    summary: tuple[SummaryLine, ...]
    unsearched: tuple[str, ...]
    undo_days: int = 0
    """For how long an erasure there could be undone."""

    def as_data(self) -> dict[str, Any]:
        """For `--json`."""
        lines = [line.model_dump(exclude_none=True) for line in self.summary]
        told = {"system": self.system, "title": self.title, "summary": lines, "unsearched": list(self.unsearched)}
        return told | ({"undo_days": self.undo_days} if self.undo_days else {})


Refusals = Mapping[str, Sequence[Refusal]]
"""By system, what an undoing could not put back."""


@dataclass(frozen=True, slots=True)
class Working:
    """What is under way of a case, by system, as of a moment, and who did what operators do."""

    now: datetime
    systems: "Mapping[str, UnderWay]" = field(default_factory=dict)
    actors: Actors = field(default_factory=dict)

    def says(self, system: str) -> str | None:
        """How far a system is, None if nothing is under way there."""
        return progress_words.says(self.systems[system], self.now) if system in self.systems else None


def as_data(case: Case, events: Iterable[Event], *, refusals: Refusals, working: Working) -> dict[str, Any]:
    """A case for `--json`."""
    return {
        "request_id": case.request_id,
        "right": case.right,
        "state": case.state,
        "received_on": case.received_on,
        "due_on": case.due_on,
        "time": time_words.as_data(case),
        "answered_without": sorted(case.remainder.owed),
        "open_reviews": case.reviews.open_count,
        "referred": sum(case.reviews.referred.values()),
        **lifting_words.as_data(case),
        "systems": {
            system: {
                "state": state,
                **progress_words.as_data(working.systems.get(system), working.now),
                **_completion(case.completions.get(system)),
                **_undoing(case.undoings.get(system), refusals.get(system, ())),
            }
            for system, state in case.systems.items()
        },
        "timeline": [
            {"at": event.at, "event": event.type, "says": says(event), **said_by(event, working.actors)}
            for event in events
        ],
    }


def print_case(
    case: Case,
    events: Sequence[Event],
    *,
    titles: Mapping[str, str],
    refusals: Refusals,
    working: Working,
    held: Sequence[str],
) -> None:
    """A case for people; `held` says where the answer is and what else is held of the person."""
    out = console()
    out.print(f"[bold]{case.right.capitalize()} request {case.request_id}[/]  {styled(case.state)}")
    out.print(f"Received {case.received_on:%d %B %Y}. {time_words.standing(case)}")
    for line in (
        *answer_words.standing(case, titles),
        *review_words.standing(case),
        *lifting_words.standing(case),
        *held,
    ):
        out.print(line)
    out.print()
    rows = [
        [f"{event.at:%Y-%m-%d %H:%M:%S}", says(event), escape(who(event, working.actors) or "")]
        for event in events
        if not isinstance(event, CaseChanged)
    ]
    out.print(table("Timeline (UTC)", ["at", "what", "by"], rows))
    print_systems(case, titles=titles, refusals=refusals, working=working)
    if answer := working.says(ANSWER):
        out.print(f"[bold]Answer[/]: {answer}\n", soft_wrap=True)


def print_systems(
    case: Case, *, titles: Mapping[str, str], refusals: Refusals | None = None, working: Working | None = None
) -> None:
    """What each system found, what was decided, and what was really done."""
    out = console()
    for system, state in case.systems.items():
        done = case.completions.get(system)
        title = f"{titles.get(system, system)} — {styled(state)}"
        under_way = working.says(system) if working else None
        if done is None:
            out.print(f"[bold]{title}[/]" + (f": {under_way}" if under_way else "") + "\n", soft_wrap=True)
            for note in (*_undone(case.undoings.get(system)), *_refused((refusals or {}).get(system, ()))):
                out.print(note, soft_wrap=True)
            continue
        out.print(table(title, _COLUMNS, _lines(done.summary)) if done.summary else f"[bold]{title}[/]: nothing held\n")
        for review in case.reviews.completions_of(system):
            out.print(table("  decided since", _COLUMNS, _lines(review.summary)))
        for note in (*_notes(done, case.undoings.get(system)), *_refused((refusals or {}).get(system, ()))):
            out.print(note, soft_wrap=True)
        if under_way:
            out.print(f"  [cyan]at work again:[/] {under_way}", soft_wrap=True)


def print_plan(right: Right, planned: Sequence[PlannedSystem]) -> None:
    """A dry run for people."""
    out = console()
    out.print(f"[bold]What a request for {right} would do.[/] Nothing has been changed.\n")
    for each in planned:
        lines = _lines(each.summary)
        out.print(table(each.title, _COLUMNS, lines) if lines else f"[bold]{each.title}[/]: nothing held\n")
        for place in each.unsearched:
            out.print(f"[yellow]could not be searched:[/] {place}")
    if right is Right.ERASURE:
        _print_grace(planned)


def _print_grace(planned: Sequence[PlannedSystem]) -> None:
    erasing = [each for each in planned if any(line.outcome in {"erase", "anonymise"} for line in each.summary)]
    for days in sorted({each.undo_days for each in erasing}, reverse=True):
        names = ", ".join(each.title for each in erasing if each.undo_days == days)
        console().print(
            f"Could be undone for {days} days: {names}." if days else f"[yellow]Could not be undone:[/] {names}."
        )


def says(event: Event) -> str:
    """An event in words."""
    match event:
        case RequestReceived():
            return f"request received by way of the {event.channel}"
        case RequestAccepted():
            return f"identity checked ({event.identity_check}); asked: {', '.join(event.systems)}"
        case TaskCompleted():
            again = f" at attempt {event.attempts}" if event.attempts > 1 else ""
            return f"{event.system}: completed{again}"
        case TaskFailed():
            what = ("failed", "undoing it failed")[event.undo is not None]
            return f"{event.system}: {what} ({event.error_class}), dead letter {str(event.dead_letter)[:13]}"
        case ReplayRequested():
            return f"{event.system}: set going again by an operator"
        case SystemSilent():
            return f"{event.system}: {'given up, the answer says so' if event.final else 'keeps silent'}"
    return _says_of_undoing(event)


def _says_of_undoing(event: Event) -> str:
    match event:
        case UndoRequested():
            return f"{event.system}: to be undone, on an operator's word"
        case UndoCompleted():
            refused = f", {event.refused} originals could not be put back" if event.refused else ""
            undone = "undone" if event.effects or event.refused else "undone, nothing had been done"
            return f"{event.system}: {undone}{refused}"
    words = answer_words.says(event) or review_words.says(event) or time_words.says(event) or letter_words.says(event)
    return words or revisit_words.says(event) or lifting_words.says(event) or recipient_words.says(event) or event.type


def _lines(summary: Iterable[SummaryLine]) -> list[list[str]]:
    return [[line.collection, wording.outcome(line), f"{line.records:,}", wording.reason(line)] for line in summary]


def _notes(done: TaskCompleted, undone: UndoCompleted | None) -> Iterable[str]:
    yield from _done("done", done.effects)
    yield from _undone(undone)
    if undone is None and done.undo_until is not None:
        yield f"  can be undone until {done.undo_until:%d %B %Y, %H:%M} UTC ('habeas undo')"
    if done.unsearched:
        yield f"  [yellow]{done.unsearched} places could not be searched[/]: the answer lists them"
    for place, reason in (done.unswept or {}).items():
        yield f"  [yellow]not looked through for copies:[/] {place}, {reason}"
    if done.left_over:
        yield f"  [bold red]{done.left_over} records are not as they should be[/] after looking again"


def _undone(undone: UndoCompleted | None) -> Iterable[str]:
    if undone is not None:
        yield from _done("undone", undone.effects)
    if undone is not None and undone.refused:
        yield f"  [bold yellow]{undone.refused} could not be put back[/]: changed by somebody else since, or not kept"


def _done(word: str, effects: Mapping[str, Mapping[str, int]]) -> Iterable[str]:
    for collection, verbs in effects.items():
        yield f"  {word} in {collection}: " + ", ".join(f"{records:,} {verb}" for verb, records in verbs.items())


def _refused(refusals: Iterable[Refusal]) -> Iterable[str]:
    for each in refusals:
        yield f"    not put back: {escape(each.place)}: {escape(each.reason)}"


def _undoing(undone: UndoCompleted | None, refusals: Sequence[Refusal]) -> dict[str, Any]:
    if undone is None:
        return {}
    not_put_back = [{"place": each.place, "reason": each.reason} for each in refusals]
    return {"undone": undone.effects, "refused": undone.refused, "not_put_back": not_put_back}


def _completion(done: TaskCompleted | None) -> dict[str, Any]:
    if done is None:
        return {}
    told = {"summary", "effects", "unsearched", "unswept", "left_over", "attempts", "undo_until"}
    return done.model_dump(include=told, exclude_none=True)


def print_summary(case: Case, *, titles: Mapping[str, str], answers: Path) -> None:
    """One fulfilled request in a few lines: per system, how many records met which fate."""
    out = console()
    rows = []
    for system, state in case.systems.items():
        done = case.completions.get(system)
        told = _fates(done) if done else styled(state)
        rows.append([titles.get(system, system), told or "nothing held"])
    folder = answer_folder(answers, request_id=case.request_id, right=case.right)
    out.print(
        table(f"{case.right.capitalize()} request {case.request_id[:8]}", ["system", "outcome, in records"], rows)
    )
    out.print(f"Answer: [bold]{folder}[/]\n")


def _fates(done: TaskCompleted) -> str:
    counts: Counter[str] = Counter()
    for line in done.summary:
        until = f" until {line.until:%d %b %Y}" if line.until else ""
        counts[wording.outcome(line) + until] += line.records
    if done.unsearched:
        counts["places not searched"] = done.unsearched
    if done.left_over:
        counts["not as they should be"] = done.left_over
    return ", ".join(f"{records:,} {fate}" for fate, records in counts.items())

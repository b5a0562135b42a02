"""One case, or one plan, on the screen."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from consumers.delivery.folder import answer_folder
from habeas.cli import wording
from habeas.cli.output import console, styled, table
from habeas.domain.cases import Case
from habeas.domain.requests import Right
from schemas.events import (
    CaseChanged,
    Event,
    ReplayRequested,
    RequestAccepted,
    RequestReceived,
    ResponseAssembled,
    ResponseDelivered,
    SummaryLine,
    SystemSilent,
    TaskCompleted,
    TaskFailed,
)

_COLUMNS = ["collection", "what happens", "records", "why"]


@dataclass(frozen=True, slots=True)
class PlannedSystem:
    """What a dry run says of one system."""

    system: str
    title: str
    summary: tuple[SummaryLine, ...]
    unsearched: tuple[str, ...]

    def as_data(self) -> dict[str, Any]:
        """For `--json`."""
        lines = [line.model_dump(exclude_none=True) for line in self.summary]
        return {"system": self.system, "title": self.title, "summary": lines, "unsearched": list(self.unsearched)}


def as_data(case: Case, events: Iterable[Event]) -> dict[str, Any]:
    """A case for `--json`."""
    return {
        "request_id": case.request_id,
        "right": case.right,
        "state": case.state,
        "received_on": case.received_on,
        "due_on": case.due_on,
        "systems": {
            system: {"state": state, **_completion(case.completions.get(system))}
            for system, state in case.systems.items()
        },
        "timeline": [{"at": event.at, "event": event.type, "says": says(event)} for event in events],
    }


def print_case(case: Case, events: Sequence[Event], *, titles: Mapping[str, str], answers: Path) -> None:
    """A case for people."""
    out = console()
    out.print(f"[bold]{case.right.capitalize()} request {case.request_id}[/]  {styled(case.state)}")
    out.print(f"Received {case.received_on:%d %B %Y}, answer due by {case.due_on:%d %B %Y}.")
    if case.delivered:
        folder = answer_folder(answers, request_id=case.request_id, right=case.right)
        out.print(f"The answer is in [bold]{folder}[/].")
    out.print()
    rows = [[f"{event.at:%Y-%m-%d %H:%M:%S}", says(event)] for event in events if not isinstance(event, CaseChanged)]
    out.print(table("Timeline (UTC)", ["at", "what"], rows))
    print_systems(case, titles=titles)


def print_systems(case: Case, *, titles: Mapping[str, str]) -> None:
    """What each system found, what was decided, and what was really done."""
    out = console()
    for system, state in case.systems.items():
        done = case.completions.get(system)
        title = f"{titles.get(system, system)} — {styled(state)}"
        if done is None:
            out.print(f"[bold]{title}[/]\n")
            continue
        out.print(table(title, _COLUMNS, _lines(done.summary)) if done.summary else f"[bold]{title}[/]: nothing held\n")
        for note in _notes(done):
            out.print(note)


def print_plan(right: Right, planned: Sequence[PlannedSystem]) -> None:
    """A dry run for people."""
    out = console()
    out.print(f"[bold]What a request for {right} would do.[/] Nothing has been changed.\n")
    for each in planned:
        lines = _lines(each.summary)
        out.print(table(each.title, _COLUMNS, lines) if lines else f"[bold]{each.title}[/]: nothing held\n")
        for place in each.unsearched:
            out.print(f"[yellow]could not be searched:[/] {place}")


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
            return f"{event.system}: failed ({event.error_class}), dead letter {str(event.dead_letter)[:13]}"
        case ReplayRequested():
            return f"{event.system}: set going again by an operator"
        case SystemSilent():
            return f"{event.system}: {'given up, the answer says so' if event.final else 'keeps silent'}"
        case ResponseAssembled():
            return f"answer put together, {event.size_bytes:,} bytes"
        case ResponseDelivered():
            return f"answer delivered into the {event.channel}"
    return event.type


def _lines(summary: Iterable[SummaryLine]) -> list[list[str]]:
    return [[line.collection, wording.outcome(line), f"{line.records:,}", wording.reason(line)] for line in summary]


def _notes(done: TaskCompleted) -> Iterable[str]:
    for collection, verbs in done.effects.items():
        yield f"  done in {collection}: " + ", ".join(f"{records:,} {verb}" for verb, records in verbs.items())
    if done.unsearched:
        yield f"  [yellow]{done.unsearched} places could not be searched[/]: the answer lists them"
    for place, reason in (done.unswept or {}).items():
        yield f"  [yellow]not looked through for copies:[/] {place}, {reason}"
    if done.left_over:
        yield f"  [bold red]{done.left_over} records are not as they should be[/] after looking again"


def _completion(done: TaskCompleted | None) -> dict[str, Any]:
    if done is None:
        return {}
    told = {"summary", "effects", "unsearched", "unswept", "left_over", "attempts"}
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

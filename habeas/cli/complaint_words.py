"""Complaints in the words of a terminal."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from rich.markup import escape

from habeas.cli import letter_words, time_words
from habeas.cli.custody_words import Holding, holding
from habeas.cli.letter_words import Actors
from habeas.cli.output import console, styled, table
from habeas.domain.complaints import Complaint, Outcome, is_law
from habeas.domain.jurisdictions import jurisdictions
from habeas.domain.words import Words
from habeas.vault.errors import ArtefactLostError, KeyDestroyedError
from schemas.complaints import ComplaintAcknowledged, ComplaintClosed, ComplaintProgressed, ComplaintReceived
from schemas.events import Event, ReplayRequested, TaskFailed

if TYPE_CHECKING:
    from habeas.bootstrap import Habeas

_OUTCOMES = {Outcome.UPHELD: "upheld", Outcome.PARTLY: "upheld in part", Outcome.NOT_UPHELD: "not upheld"}


def heading(complaint: Complaint) -> str:
    """Which it is, and its state."""
    return f"Complaint [bold]{complaint.request_id}[/]  {styled(complaint.state)}"


def standing(complaint: Complaint) -> str:
    """What has been told, or what is to be told by when."""
    late = " [bold red](late)[/]" if complaint.acknowledged_late else ""
    if complaint.outcome is not None and complaint.closed_on is not None:
        return f"Closed on {_day(complaint.closed_on)}: {_OUTCOMES[complaint.outcome]}.{late}"
    if complaint.acknowledged_on is not None:
        return f"Acknowledged on {_day(complaint.acknowledged_on)}{late}. The outcome is due without undue delay."
    where = jurisdictions().get(complaint.jurisdiction)
    source = "section 164A" if where and is_law(where, complaint.received_on) else "no law sets the day there"
    return f"To be acknowledged by [bold]{_day(complaint.due_on)}[/] ({source})."


def as_data(complaint: Complaint) -> dict[str, Any]:
    """For `--json`."""
    return {
        "complaint_id": complaint.request_id,
        "about": complaint.about,
        "state": complaint.state,
        "jurisdiction": complaint.jurisdiction,
        "received_on": complaint.received_on,
        "acknowledge_by": complaint.due_on,
        "acknowledged_on": complaint.acknowledged_on,
        "acknowledged_late": complaint.acknowledged_late,
        "outcome": complaint.outcome,
        "closed_on": complaint.closed_on,
    }


def print_list(complaints: Sequence[Complaint], *, today: date, soon_days: int) -> None:
    """A line for each."""
    if not complaints:
        console().print("No complaints.")
        return
    lines = [
        [
            each.request_id[:8],
            styled(each.state),
            each.received_on.isoformat(),
            _acknowledged(each, today, soon_days),
            _OUTCOMES[each.outcome] if each.outcome else "",
            each.letters.last or "",
        ]
        for each in complaints
    ]
    names = ["complaint", "state", "received", "acknowledged", "outcome", "last letter"]
    console().print(table(None, names, lines))


def _acknowledged(complaint: Complaint, today: date, soon_days: int) -> str:
    told = complaint.acknowledged_on or complaint.closed_on
    if told is not None:
        return f"{told}{' [bold red](late)[/]' if complaint.acknowledged_late else ''}"
    days = (complaint.due_on - today).days
    if days < 0:
        return f"[bold red]due {complaint.due_on} ({-days} days late)[/]"
    return f"[bold yellow]due {complaint.due_on}[/]" if days <= soon_days else f"due {complaint.due_on}"


@dataclass(frozen=True, slots=True)
class Shown:
    """One complaint with its events; `said` is what the sealed words of an event say, by its id."""

    complaint: Complaint
    events: Sequence[Event]
    actors: Actors
    held: Holding
    answers: Path
    said: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, habeas: "Habeas", complaint: Complaint, *, words: bool) -> Self:
        """`words`: with what was said, as long as it is sealed."""
        from habeas.storage import audit, cases  # noqa: PLC0415 - keeps `habeas --help` quick

        with habeas.database.reading() as connection:
            events = cases.timeline(connection, complaint.request_id)
            actors = audit.actors_of(connection, complaint.request_id)
        said = dict(_said(habeas, complaint, events)) if words else {}
        answers = habeas.settings.path(habeas.settings.delivery.folder)
        return cls(complaint, events, actors, holding(habeas, complaint), answers, said)

    def as_data(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            **as_data(self.complaint),
            "timeline": [
                {
                    "at": event.at,
                    "event": event.type,
                    "says": says(event),
                    **letter_words.said_by(event, self.actors),
                    **({"words": self.said[event.id]} if event.id in self.said else {}),
                }
                for event in self.events
            ],
            "letters": letter_words.as_data(self.complaint, self.answers),
            "held": self.held.as_data(),
        }

    def print(self) -> None:
        """For people."""
        out = console()
        about = f", about request {self.complaint.about}" if self.complaint.about else ""
        out.print(heading(self.complaint))
        out.print(f"Received {_day(self.complaint.received_on)}{about}. {standing(self.complaint)}")
        for line in (*letter_words.standing(self.complaint, self.answers), *self.held.lines()):
            out.print(line)
        out.print()
        rows = [
            [f"{event.at:%Y-%m-%d %H:%M:%S}", says(event), escape(letter_words.who(event, self.actors) or "")]
            for event in self.events
        ]
        out.print(table("Timeline (UTC)", ["at", "what", "by"], rows))
        for event in self.events:
            if event.id in self.said:
                out.print(f"\n[bold]{says(event)}:[/]\n{escape(self.said[event.id])}", soft_wrap=True)


def says(event: Event) -> str:
    """An event of a complaint in words."""
    match event:
        case ComplaintReceived():
            return f"complaint received on {_day(event.received_on)} by way of the {event.channel}"
        case ComplaintAcknowledged():
            return f"acknowledged on {_day(event.acknowledged_on)}{_how(event)}"
        case ComplaintProgressed():
            return f"told on {_day(event.informed_on)} how it stands{_how(event)}"
        case ComplaintClosed():
            return f"closed on {_day(event.closed_on)}: {_OUTCOMES[Outcome(event.outcome)]}{_how(event)}"
        case TaskFailed():
            return f"{event.system}: failed ({event.error_class}), dead letter {str(event.dead_letter)[:13]}"
        case ReplayRequested():
            return f"{event.system}: set going again by an operator"
    return time_words.says(event) or letter_words.says(event) or event.type


def _how(event: ComplaintAcknowledged | ComplaintProgressed | ComplaintClosed) -> str:
    return "" if event.by_letter else ", not by letter"


def _said(habeas: "Habeas", complaint: Complaint, events: Sequence[Event]) -> Iterator[tuple[str, str]]:
    from habeas.storage import artefacts  # noqa: PLC0415 - keeps `habeas --help` quick

    named = {event.id: str(event.words) for event in events if getattr(event, "words", None)}  # type: ignore[attr-defined]
    with habeas.database.reading() as connection:
        sealed = {each.id: each for each in artefacts.fetch_under(connection, complaint.request_id)}
    for id_, words in named.items():
        if words in sealed:
            try:
                yield id_, Words.of_bytes(habeas.vault.unseal(sealed[words])).text
            except (ArtefactLostError, KeyDestroyedError):
                continue


def _day(day: date) -> str:
    return f"{day:%d %B %Y}"

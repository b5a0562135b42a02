"""The letters of a case besides the answer, and who had them written, in the words of a terminal."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from consumers.delivery.folder import letter_folder
from habeas.domain.cases import Case
from habeas.domain.complaints import Complaint
from schemas.events import Event, RequestReceived
from schemas.letters import LetterAssembled, LetterDelivered, LetterDue

_ABOUT = {
    "receipt": "receipt",
    "identity": "request to prove who they are",
    "clarification": "question what is meant",
    "extension": "notice that it takes longer",
    "progress": "word how far it is",
    "fee": "announcement of a fee",
    "refusal": "refusal",
    "withdrawn": "confirmation of the withdrawal",
    "referral": "notice who decides",
    "client": "forwarding to a client",
    "lifting": "notice before a restriction is lifted",
    "overridden": "notice that an objection is overridden",
    "acknowledgement": "acknowledgement",
    "standing": "word how it stands",
    "outcome": "outcome",
}


Actors = Mapping[tuple[datetime, str], str]
"""Who did what an operator does, by the time and the action."""


def who(event: Event, actors: Actors) -> str | None:
    """The operator whose word an event is."""
    action = "request.submitted" if isinstance(event, RequestReceived) else ".".join(event.type.split(".")[1:3])
    return actors.get((event.at, action))


def said_by(event: Event, actors: Actors) -> dict[str, str]:
    """The same for `--json`."""
    name = who(event, actors)
    return {"by": name} if name else {}


def folders(case: Case | Complaint, answers: Path) -> Iterator[tuple[LetterAssembled, Path | None]]:
    """Each letter, and where it lies once it is delivered."""
    for each in case.letters.written:
        where = letter_folder(answers, request_id=case.request_id, right=case.right, kind=each.kind, number=each.number)
        yield each, where if each.letter in case.letters.delivered else None


def standing(case: Case | Complaint, answers: Path) -> Iterator[str]:
    """One line for each letter."""
    for each, where in folders(case, answers):
        place = f"is in [bold]{where}[/]" if where else "is written, and not delivered yet"
        yield f"The {_named(each)} {place}."


def as_data(case: Case | Complaint, answers: Path) -> list[dict[str, Any]]:
    """The same for `--json`."""
    return [
        {"kind": each.kind, "number": each.number, "written_at": each.at, "folder": str(where) if where else None}
        for each, where in folders(case, answers)
    ]


def says(event: Event) -> str | None:
    """An event of a letter in words; None for any other."""
    match event:
        case LetterDue():
            return f"{_ABOUT[event.kind]} due: nothing was heard since {event.since:%d %B %Y, %H:%M}"
        case LetterAssembled():
            return f"{_named(event)} written"
        case LetterDelivered():
            return f"{_named(event)} delivered into the {event.channel}"
    return None


def _named(letter: LetterAssembled | LetterDelivered) -> str:
    about = _ABOUT[letter.kind]
    return f"{about} ({letter.number})" if letter.number > 1 or letter.kind == "client" else about

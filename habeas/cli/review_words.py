"""What a case's page says of decisions about single records."""

from collections.abc import Iterator

from habeas.domain.cases import Case
from schemas.events import Event
from schemas.reviews import ReviewCompleted, ReviewDecided


def standing(case: Case) -> Iterator[str]:
    """What is still open, line by line."""
    if case.reviews.open_count:
        yield f"[bold yellow]{case.reviews.open_count:,} to decide[/]: 'habeas review show {case.request_id[:8]}'."
    if referred := sum(case.reviews.referred.values()):
        yield f"{referred:,} referred: 'habeas instruct' passes on what the client says."


def says(event: Event) -> str | None:
    """An event in words, None if it is of another kind."""
    match event:
        case ReviewDecided():
            return f"{event.system}: decided about {len(event.items)} records, {event.verdict}"
        case ReviewCompleted():
            gone = f", {event.gone} not found again" if event.gone else ""
            return f"{event.system}: carried out what was decided{gone}"
    return None

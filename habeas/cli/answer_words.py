"""What a case's page says of the answers: the first, further ones, and what the person is still owed."""

from collections.abc import Iterable, Iterator, Mapping

from habeas.domain.cases import Case
from schemas.events import Event, ResponseAssembled, ResponseDelivered


def standing(case: Case, titles: Mapping[str, str]) -> Iterator[str]:
    """What the answer left out and nobody has told the person since."""
    if missing := case.remainder.owed - case.remainder.ready:
        yield f"[bold yellow]Answered without {_named(missing, titles)}[/]: the person is told once the system is done."
    if case.remainder.ready:
        yield f"A further answer is on its way, with {_named(case.remainder.ready, titles)}."


def says(event: Event) -> str | None:
    """An event in words, None if it is of another kind."""
    match event:
        case ResponseAssembled():
            without = f", without {', '.join(event.without)}" if event.without else ""
            return f"{answer(event.supplement)} put together{without}, {event.size_bytes:,} bytes"
        case ResponseDelivered():
            return f"{answer(event.supplement)} delivered into the {event.channel}"
    return None


def answer(supplement: int | None) -> str:
    """The answer, or which further one."""
    return "answer" if supplement is None else f"further answer {supplement}"


def _named(systems: Iterable[str], titles: Mapping[str, str]) -> str:
    return ", ".join(titles.get(each, each) for each in sorted(systems))

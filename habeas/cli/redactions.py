"""`habeas review redactions`: what was masked in an answer, for a person to look over."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from habeas.cli.output import AsJson, console, print_json, table
from habeas.cli.session import Session, actor, full_request_id
from habeas.errors import NotFoundError

if TYPE_CHECKING:
    from producers.redactions import Entry

_WORDS = {
    "name": "a name", "email": "an e-mail address", "phone": "a phone number", "contact": "another person's data",
    "card": "a card number", "bank": "a bank number", "secret": "a secret",
}  # fmt: skip
_COLUMNS = ["collection", "record", "field", "what", "what stood there"]


def redactions(
    context: typer.Context,
    request_id: Annotated[str, typer.Argument(metavar="REQUEST", help="A request id, or how it begins.")],
    system: Annotated[list[str] | None, typer.Option("--system", help="Only of this system; may be repeated.")] = None,
    as_json: AsJson = False,
) -> None:
    """What was masked or withheld where in the answer, and what stood there. It is noted that you looked."""
    from habeas.storage import cases  # noqa: PLC0415 - keeps `habeas --help` quick

    session: Session = context.obj
    with session.opened() as habeas:
        id_ = full_request_id(habeas, request_id)
        with habeas.database.reading() as connection:
            case = cases.fetch(connection, id_)
        if case is None:
            raise NotFoundError(f"request {id_} has not been opened on this log yet")
        found = [each for each in habeas.redactions.of(case, actor=actor()) if not system or each.system in system]
        titles = habeas.settings.titles
    if as_json:
        print_json([asdict(each) for each in found])
        return
    if not found:
        console().print("Nothing was masked.")
    for name in dict.fromkeys(each.system for each in found):
        entries = [each for each in found if each.system == name]
        console().print(table(titles.get(name, name), _COLUMNS, [_row(each) for each in entries]))
        console().print(f"  {_counted(entries)}\n")


def _row(entry: "Entry") -> list[str]:
    field = entry.field or "(the text around it)"
    return [*map(escape, (entry.collection, entry.key, field)), _what(entry), escape(entry.text)]


def _what(entry: "Entry") -> str:
    if entry.what is not None:
        return _WORDS[entry.what]
    return (
        "a secret, all of the field" if entry.reason == "security-of-processing" else "another person, all of the field"
    )


def _counted(entries: "Sequence[Entry]") -> str:
    counts = Counter(_what(each) for each in entries)
    return ", ".join(f"{what}: {n:,}" for what, n in counts.most_common())

"""`habeas recipients`: who was told of what became of a person's data (Article 19)."""

from typing import Annotated

import typer

from habeas.cli.output import AsJson, console, print_json, table
from habeas.cli.session import Session, actor, full_request_id
from habeas.errors import NotFoundError


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("recipients")(recipients)


def recipients(
    context: typer.Context,
    request_id: Annotated[str, typer.Argument(metavar="ID", help="A request id, or how it begins.")],
    told: Annotated[
        str | None, typer.Option(help="Note that you have told this recipient, by its id in the register.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Who was told of what became of a person's data, when and how: the person may ask for it (Article 19)."""
    from habeas.cli import recipient_words  # noqa: PLC0415 - keeps `habeas --help` quick
    from habeas.storage import cases  # noqa: PLC0415 - as above

    session: Session = context.obj
    with session.opened() as habeas:
        full_id = full_request_id(habeas, request_id)
        if told is not None:
            habeas.recipients.note_told(full_id, told, actor=actor())
        with habeas.database.reading() as connection:
            case = cases.fetch(connection, full_id)
        if case is None:
            raise NotFoundError(f"request {full_id} has not been opened on this log yet")
        names = recipient_words.titles(habeas.register)
        if as_json:
            print_json({"request_id": full_id, "recipients": recipient_words.as_data(case, names)})
            return
        out = console()
        if not case.notifying.notices:
            late = "what was changed is not told yet" if case.notifying.untold else "no recipient had to be told"
            out.print(f"Request {full_id}: {late}.")
            return
        title = f"Recipients of the data, request {full_id}"
        out.print(table(title, recipient_words.COLUMNS, recipient_words.rows(case, names)))
        if left := recipient_words.left_to_people(case):
            short = full_id[:8]
            out.print(f"Once you have told one, note it: 'habeas recipients {short} --told {left[0]}'.")
            out.print(f"Left to you are: {', '.join(left)}.")

"""`habeas complaint`: what people complain of, and what comes of it (Data Protection Act 2018, section 164A).

Of what you say to somebody a letter is written, unless you say by --on that you have told them yourself.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from habeas.cli import complaint_words
from habeas.cli.output import AsJson, console, print_json
from habeas.cli.persons import AccountNumbers, CustomerNumbers, Emails, Names, Phones, identifiers
from habeas.cli.sealed_words import SEALED, words_of
from habeas.cli.session import Session, actor, full_request_id
from habeas.domain.complaints import Complaint, Outcome
from habeas.errors import NotFoundError

if TYPE_CHECKING:
    from habeas.bootstrap import Habeas
    from producers.complaints import Complaints

app = typer.Typer(help="Complaints: acknowledged, looked into, answered.", no_args_is_help=True)

_SEALED = "Sealed, never logged; - reads it from standard input."
ComplaintId = Annotated[str, typer.Argument(metavar="ID", help="A complaint's id, or how it begins.")]
On = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="When you have told them yourself; no letter is written then."),
]
_Saying = Callable[["Complaints", str, date | None], Complaint]


@app.command("open")
def open_(
    context: typer.Context,
    text: Annotated[str, typer.Option(help=f"The complaint. {SEALED}")],
    request: Annotated[str | None, typer.Option(help="The request that it is about; who made it complains.")] = None,
    email: Emails = None,
    phone: Phones = None,
    customer_number: CustomerNumbers = None,
    account_number: AccountNumbers = None,
    name: Names = None,
    language: Annotated[Literal["en", "sv", "tr"] | None, typer.Option(help="Of the letters.")] = None,
    jurisdiction: Annotated[
        str | None, typer.Option(help="Whose law says when it is acknowledged, as GB-SCT; time.jurisdiction if none.")
    ] = None,
    received: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="When it came in, if not today.")
    ] = None,
    acknowledge: Annotated[bool, typer.Option(help="Acknowledge it by a letter at once.")] = True,
    as_json: AsJson = False,
) -> None:
    """Take a complaint in; a letter acknowledges it at once."""
    from producers.complaints import Grievance  # noqa: PLC0415 - keeps `habeas --help` quick

    who = identifiers(
        emails=email,
        phones=phone,
        customer_numbers=customer_number,
        account_numbers=account_number,
        eoris=None,
        vat_numbers=None,
        names=name,
    )
    received_on = received.date() if received else None
    session: Session = context.obj
    with session.opened() as habeas:
        about = full_request_id(habeas, request) if request else None
        grievance = Grievance(words_of(text), who, about, language, received_on, jurisdiction)
        complaint = habeas.complaints.open(grievance, acknowledge=acknowledge, actor=actor())
    _tell(complaint, letter=acknowledge, as_json=as_json)


@app.command("acknowledge")
def acknowledge(context: typer.Context, complaint_id: ComplaintId, on: On = None, as_json: AsJson = False) -> None:
    """Tell whoever complains that it has come in, where that was not done at once."""
    _say(
        context, complaint_id, on, lambda desk, id_, day: desk.acknowledge(id_, on=day, actor=actor()), as_json=as_json
    )


@app.command("progress")
def progress(
    context: typer.Context,
    complaint_id: ComplaintId,
    text: Annotated[str, typer.Option(help=f"How it stands. {SEALED}")],
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Tell them how it stands."""
    words = words_of(text)
    _say(
        context,
        complaint_id,
        on,
        lambda desk, id_, day: desk.inform(id_, words, on=day, actor=actor()),
        as_json=as_json,
    )


@app.command("close")
def close(
    context: typer.Context,
    complaint_id: ComplaintId,
    outcome: Annotated[Outcome, typer.Option(help="Whether they were right.")],
    text: Annotated[str, typer.Option(help=f"The reasons, and what you do about it. {SEALED}")],
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Tell them what came of it, and why; it is closed."""
    words = words_of(text)
    _say(
        context,
        complaint_id,
        on,
        lambda desk, id_, day: desk.close(id_, outcome, words, on=day, actor=actor()),
        as_json=as_json,
    )


@app.command("list")
def list_(
    context: typer.Context,
    due: Annotated[bool, typer.Option("--due", help="Only those without an outcome.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 100,
    as_json: AsJson = False,
) -> None:
    """The complaints, those first that are to be acknowledged soonest."""
    from habeas.storage import complaints  # noqa: PLC0415 - keeps `habeas --help` quick

    session: Session = context.obj
    with session.opened() as habeas:
        with habeas.database.reading() as connection:
            found = complaints.listed(connection, due=due, limit=limit)
        today, soon_days = habeas.clock.today(), habeas.settings.time.due_soon_days
    if as_json:
        print_json([complaint_words.as_data(each) for each in found])
    else:
        complaint_words.print_list(found, today=today, soon_days=soon_days)


@app.command("show")
def show(
    context: typer.Context,
    complaint_id: ComplaintId,
    words: Annotated[bool, typer.Option("--words", help="With what was said; it is personal data.")] = False,
    as_json: AsJson = False,
) -> None:
    """One complaint: how it stands, what was said and done when, and by whom."""
    session: Session = context.obj
    with session.opened() as habeas:
        complaint = _found(habeas, complaint_id)
        shown = complaint_words.Shown.of(habeas, complaint, words=words)
    if as_json:
        print_json(shown.as_data())
    else:
        shown.print()


def _found(habeas: "Habeas", beginning: str) -> Complaint:
    from habeas.storage import complaints  # noqa: PLC0415 - keeps `habeas --help` quick

    id_ = full_request_id(habeas, beginning)
    with habeas.database.reading() as connection:
        complaint = complaints.fetch(connection, id_)
    if complaint is None:
        raise NotFoundError(f"{id_} is a request; 'habeas complaint list' shows the complaints")
    return complaint


def _say(context: typer.Context, complaint_id: str, on: datetime | None, saying: _Saying, *, as_json: bool) -> None:
    session: Session = context.obj
    with session.opened() as habeas:
        complaint = saying(habeas.complaints, _found(habeas, complaint_id).request_id, on.date() if on else None)
    _tell(complaint, letter=on is None, as_json=as_json)


def _tell(complaint: Complaint, *, letter: bool, as_json: bool) -> None:
    if as_json:
        print_json(complaint_words.as_data(complaint))
        return
    out = console()
    out.print(complaint_words.heading(complaint))
    out.print(complaint_words.standing(complaint))
    if letter:
        short = complaint.request_id[:8]
        out.print(f"A letter is written: 'habeas complaint show {short}' tells where it is once it is delivered.")

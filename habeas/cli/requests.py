"""`habeas submit`, `list`, `show` and `plan`: requests and what becomes of them."""

from typing import TYPE_CHECKING, Annotated

import typer

from habeas.cli import custody_words, letter_words, listing, persons, recipient_words, showing, submitting
from habeas.cli.output import AsJson, print_json
from habeas.cli.persons import AccountNumbers, CustomerNumbers, Emails, Eoris, Names, Phones, VatNumbers
from habeas.cli.session import Session, full_request_id
from habeas.cli.wishes import Corrections, Marketing, Purposes, Replacements, RightArgument, wish
from habeas.domain.requests import Right
from habeas.domain.subjects import Identifier, Subject
from habeas.domain.wishes import Wish
from habeas.errors import NotFoundError, UserError
from habeas.ports import Undoes

if TYPE_CHECKING:
    from habeas.bootstrap import Habeas

RequestId = Annotated[str, typer.Argument(metavar="ID", help="A request id, or how it begins.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("submit")(submitting.submit)
    app.command("list")(listing.list_)
    app.command("show")(show)
    app.command("plan")(plan)


def show(context: typer.Context, request_id: RequestId, as_json: AsJson = False) -> None:
    """One request: its timeline, how far each system is, and what it found, decided and did."""
    from habeas.storage import audit, cases, work  # noqa: PLC0415 - keeps `habeas --help` quick

    session: Session = context.obj
    with session.opened() as habeas:
        full_id = full_request_id(habeas, request_id)
        with habeas.database.reading() as connection:
            case, events = cases.fetch(connection, full_id), cases.timeline(connection, full_id)
            under_way = work.under_way(connection, [full_id]).get(full_id, {})
            actors = audit.actors_of(connection, full_id)
        if case is None:
            raise NotFoundError(f"{full_id} is no request; 'habeas complaint show {full_id[:8]}' tells of a complaint")
        refusals = {name: habeas.undo.refusals(done, vault=habeas.vault) for name, done in case.undoings.items()}
        working = showing.Working(habeas.clock.now(), under_way, actors)
        held = custody_words.holding(habeas, case)
        folder = habeas.settings.path(habeas.settings.delivery.folder)
        names = recipient_words.titles(habeas.register)
        if as_json:
            data = showing.as_data(case, events, refusals=refusals, working=working)
            told = recipient_words.as_data(case, names)
            letters = letter_words.as_data(case, folder)
            print_json({**data, "letters": letters, "recipients": told, "held": held.as_data()})
            return
        lines = [*custody_words.lines(case, held, folder), *letter_words.standing(case, folder)]
        lines += recipient_words.standing(case, names, folder)
        titles = habeas.settings.titles
        showing.print_case(case, events, titles=titles, refusals=refusals, working=working, held=lines)


def plan(
    context: typer.Context,
    right: RightArgument,
    email: Emails = None,
    phone: Phones = None,
    customer_number: CustomerNumbers = None,
    account_number: AccountNumbers = None,
    eori: Eoris = None,
    vat: VatNumbers = None,
    name: Names = None,
    correct: Corrections = None,
    replace: Replacements = None,
    purpose: Purposes = None,
    marketing: Marketing = False,
    as_json: AsJson = False,
) -> None:
    """A dry run: what would be disclosed, erased, kept and why. Nothing is changed and nobody is told."""
    who = persons.identifiers(
        emails=email,
        phones=phone,
        customer_numbers=customer_number,
        account_numbers=account_number,
        eoris=eori,
        vat_numbers=vat,
        names=name,
    )
    if not who:
        raise UserError("say whom it is about, as --email name@example.org")
    session: Session = context.obj
    with session.opened() as habeas:
        wished = wish(
            right,
            habeas.register,
            corrections=correct,
            replacements=replace,
            statement="",
            purposes=purpose,
            marketing=marketing,
        )
        planned = _plan(habeas, wished, who)
        if as_json:
            print_json([each.as_data() for each in planned])
        else:
            showing.print_plan(right, planned)


def _plan(habeas: "Habeas", wished: Wish, who: tuple[Identifier, ...]) -> "list[showing.PlannedSystem]":
    from consumers.connector.tally import Tally  # noqa: PLC0415 - keeps `habeas --help` quick
    from habeas.domain.decisions import plan_item  # noqa: PLC0415 - as above

    planned = []
    grace_days = habeas.settings.time.erasure_grace_days
    for system in habeas.systems:
        tally = Tally()
        connector = habeas.connector(system)
        for found in connector.find([Subject("dry-run", who)]):
            tally.count(plan_item(found.what, wished, habeas.register, habeas.clock.today(), system=system))
        planned.append(
            showing.PlannedSystem(
                system,
                habeas.settings.titles[system],
                tally.summary(naming_clients=True),
                tuple(tally.unsearched_places),
                grace_days if wished.right is Right.ERASURE and isinstance(connector, Undoes) else 0,
            )
        )
    return planned

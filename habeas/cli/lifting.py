"""`habeas lift` and `habeas weigh`: the end of a restriction, of which the person is told before."""

from typing import Annotated

import typer

from habeas.cli import lifting_words
from habeas.cli.output import AsJson, console, print_json, styled
from habeas.cli.requests import RequestId
from habeas.cli.sealed_words import SEALED, words_of
from habeas.cli.session import Session, actor, full_request_id
from habeas.domain.cases import Case
from habeas.errors import UserError
from schemas.lifting import Weighed


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(lift)
    app.command()(weigh)


def lift(
    context: typer.Context,
    request_id: RequestId,
    reason: Annotated[
        str,
        typer.Option(
            help=f"Why, as the person is told in the letter. {SEALED} With --now or --cancel: for the audit trail."
        ),
    ] = "",
    system: Annotated[list[str] | None, typer.Option(help="Only in this system; may be repeated.")] = None,
    now: Annotated[
        bool, typer.Option("--now", help="The letter has left: don't wait for the rest of the days.")
    ] = False,
    cancel: Annotated[bool, typer.Option("--cancel", help="Leave it restricted after all.")] = False,
    as_json: AsJson = False,
) -> None:
    """Lift what a request restricted: a letter tells the person when and why, and days after it has left it is done."""
    if now and cancel:
        raise UserError("say one of --now and --cancel")
    if (now or cancel) and system:
        raise UserError("--now and --cancel are about the whole lifting: leave out --system")
    session: Session = context.obj
    with session.opened() as habeas:
        full_id = full_request_id(habeas, request_id)
        if now:
            case = habeas.lifting.lift_now(full_id, reason=reason, actor=actor())
        elif cancel:
            case = habeas.lifting.cancel(full_id, reason=reason, actor=actor())
        else:
            case = habeas.lifting.announce(full_id, words_of(reason), systems=system or (), actor=actor())
    _print(case, as_json=as_json)


def weigh(
    context: typer.Context,
    request_id: RequestId,
    upheld: Annotated[
        bool, typer.Option("--upheld", help="The use ends for good; what has no other use is erased.")
    ] = False,
    overridden: Annotated[
        bool, typer.Option("--overridden", help="You have compelling grounds; the burden of proof is yours.")
    ] = False,
    reason: Annotated[str, typer.Option(help=f"Why; of overriding grounds the person is told. {SEALED}")] = "",
    as_json: AsJson = False,
) -> None:
    """Say what came of weighing an objection (Article 21(1)): once. Direct marketing is never weighed."""
    if upheld == overridden:
        raise UserError("say one of --upheld and --overridden")
    session: Session = context.obj
    with session.opened() as habeas:
        full_id = full_request_id(habeas, request_id)
        outcome: Weighed = "upheld" if upheld else "overridden"
        case = habeas.weighing.weigh(full_id, outcome, words_of(reason), actor=actor())
    _print(case, as_json=as_json)


def _print(case: Case, *, as_json: bool) -> None:
    if as_json:
        print_json({"request_id": case.request_id, "state": case.state, **lifting_words.as_data(case)})
        return
    out = console()
    out.print(f"Request [bold]{case.request_id}[/]  {styled(case.state)}")
    for line in lifting_words.standing(case):
        out.print(line)

"""`habeas submit`: a request that came in by letter, mail or telephone, typed in by an operator."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from habeas.cli import persons
from habeas.cli.output import AsJson, console, print_json
from habeas.cli.persons import (
    AccountNumbers,
    CustomerNumbers,
    Emails,
    Eoris,
    Names,
    OperatorsCheck,
    Phones,
    VatNumbers,
)
from habeas.cli.session import Session, actor
from habeas.cli.wishes import Corrections, Marketing, Purposes, Replacements, RightArgument, Statement, wish
from habeas.domain.requests import IdentityCheck
from habeas.errors import UserError

if TYPE_CHECKING:
    from habeas.bootstrap import Habeas
    from producers.intake import Receipt, Submission

Checked = Annotated[
    OperatorsCheck | None,
    typer.Option(help="How you checked that it is this person who asks; nothing is done before you have."),
]
Language = Annotated[
    Literal["en", "sv", "tr"] | None, typer.Option(help="Of the answer; English, unless the law wants another.")
]
Jurisdiction = Annotated[
    str | None,
    typer.Option(help="Whose law says when it is due, as GB-SCT, SE or TR; time.jurisdiction if not named."),
]
Received = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="When it came in, if not today.")]
Wait = Annotated[float, typer.Option("--wait", help="Wait so many seconds for the answer.")]


def submit(
    context: typer.Context,
    right: RightArgument,
    identity_check: Checked = None,
    email: Emails = None,
    phone: Phones = None,
    customer_number: CustomerNumbers = None,
    account_number: AccountNumbers = None,
    eori: Eoris = None,
    vat: VatNumbers = None,
    name: Names = None,
    language: Language = None,
    jurisdiction: Jurisdiction = None,
    received: Received = None,
    correct: Corrections = None,
    replace: Replacements = None,
    statement: Statement = "",
    purpose: Purposes = None,
    marketing: Marketing = False,
    wait_s: Wait = 0,
    as_json: AsJson = False,
) -> None:
    """Take a request in; the clock starts on the day it was received."""
    from producers.intake import Submission  # noqa: PLC0415 - keeps `habeas --help` quick

    who = persons.identifiers(
        emails=email,
        phones=phone,
        customer_numbers=customer_number,
        account_numbers=account_number,
        eoris=eori,
        vat_numbers=vat,
        names=name,
    )
    check = IdentityCheck(identity_check) if identity_check is not None else None
    session: Session = context.obj
    with session.opened() as habeas:
        wished = wish(
            right,
            habeas.register,
            corrections=correct,
            replacements=replace,
            statement=statement,
            purposes=purpose,
            marketing=marketing,
        )
        on = received.date() if received else None
        _take_in(habeas, Submission(right, who, check, language, on, jurisdiction, wished), wait_s, as_json=as_json)


def _take_in(habeas: "Habeas", submission: "Submission", wait_s: float, *, as_json: bool) -> None:
    if not habeas.systems:
        raise UserError("habeas.toml names no systems: there is nobody to ask")
    receipt = habeas.intake.submit([submission], actor=actor())[0]
    if as_json:
        print_json(receipt)
    else:
        _print_receipt(receipt, proven=submission.identity_check is not None)
    if wait_s:
        from habeas.cli.waiting import wait  # noqa: PLC0415 - keeps `habeas --help` quick

        wait(habeas, receipt.request_id, timeout_s=wait_s)


def _print_receipt(receipt: "Receipt", *, proven: bool) -> None:
    out = console()
    short = receipt.request_id[:8]
    out.print(f"Request [bold]{receipt.request_id}[/], answer due by [bold]{receipt.due_on:%d %B %Y}[/].")
    if not proven:
        out.print(f"Nothing is done before 'habeas identity {short} --received' says how you know who asks.")
    out.print(f"'habeas show {short}' tells how far it is.")

"""`habeas identity`, `clarify`, `extend`, `fee`, `refuse` and `withdraw`: what passes before the answer.

Of what you say to the person a letter is written, unless you say by --on that you have told them yourself.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from habeas.cli import time_words
from habeas.cli.output import AsJson, console, print_json, styled
from habeas.cli.persons import OperatorsCheck
from habeas.cli.requests import RequestId
from habeas.cli.sealed_words import SEALED, words_of
from habeas.cli.session import Session, actor, full_request_id
from habeas.domain.cases import Case
from habeas.domain.requests import FeeGround, IdentityCheck, RefusalGround
from habeas.domain.words import Words
from habeas.errors import UserError

if TYPE_CHECKING:
    from producers.correspondence import Correspondence

On = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d"],
        help="When it was, if not today. If you have told the person yourself: when; no letter is written then.",
    ),
]
Reason = Annotated[str, typer.Option(help=f"What the person is told. {SEALED}")]
_Saying = Callable[["Correspondence", str, date | None], Case]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    for command in (identity, clarify, extend, fee, refuse, withdraw):
        app.command()(command)


def identity(
    context: typer.Context,
    request_id: RequestId,
    ask: Annotated[bool, typer.Option("--ask", help="You doubt who asks: a letter asks for proof.")] = False,
    received: Annotated[bool, typer.Option("--received", help="You know now who asks.")] = False,
    reason: Annotated[str | None, typer.Option(help=f"With --ask: why, and what is wanted. {SEALED}")] = None,
    identity_check: Annotated[OperatorsCheck | None, typer.Option(help="With --received: how you checked.")] = None,
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Ask for proof of identity, or note that it has come: the systems are asked then, and not before."""
    if ask == received:
        raise UserError("say one of --ask and --received")
    if ask:
        words = _words(reason, "--reason 'the address is not the one that we know'")
        _say(
            context,
            request_id,
            on,
            lambda desk, id_, day: desk.ask_identity(id_, words, on=day, actor=actor()),
            as_json=as_json,
            letter=on is None,
        )
    elif identity_check is None:
        raise UserError("say how you checked who it is, as --identity-check document")
    else:
        check = IdentityCheck(identity_check)
        _say(
            context,
            request_id,
            on,
            lambda desk, id_, day: desk.receive_identity(id_, check, on=day, actor=actor()),
            as_json=as_json,
        )


def clarify(
    context: typer.Context,
    request_id: RequestId,
    question: Annotated[str | None, typer.Option(help=f"What the person is asked, by letter. {SEALED}")] = None,
    answered: Annotated[bool, typer.Option("--answered", help="The answer has come.")] = False,
    answer: Annotated[str | None, typer.Option(help=f"With --answered: what the person said. {SEALED}")] = None,
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Ask the person what is meant, or note that the answer has come; of access only, whose clock it may stop."""
    if (question is not None) == answered:
        raise UserError("say one of --question '…' and --answered")
    if answered:
        told = _words(answer, "--answer '…'") if answer is not None else None
        _say(
            context,
            request_id,
            on,
            lambda desk, id_, day: desk.answer_clarification(id_, told, on=day, actor=actor()),
            as_json=as_json,
        )
    else:
        words = _words(question, "--question '…'")
        _say(
            context,
            request_id,
            on,
            lambda desk, id_, day: desk.ask_clarification(id_, words, on=day, actor=actor()),
            as_json=as_json,
            letter=on is None,
        )


def extend(
    context: typer.Context, request_id: RequestId, reason: Reason, on: On = None, as_json: AsJson = False
) -> None:
    """Tell the person, with reasons, that the answer takes longer: only within the first month."""
    words = _words(reason, "--reason '…'")
    _say(
        context,
        request_id,
        on,
        lambda desk, id_, day: desk.extend(id_, words, on=day, actor=actor()),
        as_json=as_json,
        letter=on is None,
    )


def fee(
    context: typer.Context,
    request_id: RequestId,
    ask: Annotated[bool, typer.Option("--ask", help="Announce one, by letter.")] = False,
    paid: Annotated[bool, typer.Option("--paid", help="It has come in.")] = False,
    amount: Annotated[str | None, typer.Option(help="With --ask: how much, as '25.00 GBP'.")] = None,
    ground: Annotated[FeeGround | None, typer.Option(help="With --ask: why one may be charged.")] = None,
    reason: Annotated[str | None, typer.Option(help=f"With --ask: what the person is told. {SEALED}")] = None,
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Announce a fee before anything is done, so that the person can withdraw, or note that it is paid."""
    if ask == paid:
        raise UserError("say one of --ask and --paid")
    if paid:
        _say(context, request_id, on, lambda desk, id_, day: desk.pay_fee(id_, on=day, actor=actor()), as_json=as_json)
        return
    if amount is None or ground is None:
        raise UserError("say how much and why, as --amount '25.00 GBP' --ground excessive")
    why = ground
    words = Words(_words(reason, "--reason '…'").text, amount)
    _say(
        context,
        request_id,
        on,
        lambda desk, id_, day: desk.ask_fee(id_, why, words, on=day, actor=actor()),
        as_json=as_json,
        letter=on is None,
    )


def refuse(
    context: typer.Context,
    request_id: RequestId,
    ground: Annotated[RefusalGround, typer.Option(help="Why the law allows it; the burden of proof is yours.")],
    reason: Reason,
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Refuse a request, by a letter with your reasons; it is closed."""
    words = _words(reason, "--reason '…'")
    _say(
        context,
        request_id,
        on,
        lambda desk, id_, day: desk.refuse(id_, ground, words, on=day, actor=actor()),
        as_json=as_json,
        letter=on is None,
    )


def withdraw(
    context: typer.Context,
    request_id: RequestId,
    reason: Annotated[str | None, typer.Option(help=f"What the person said. {SEALED}")] = None,
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Note that the person no longer wants it, which a letter confirms; what no system has begun is not done."""
    words = _words(reason, "--reason '…'") if reason is not None else None
    _say(
        context,
        request_id,
        on,
        lambda desk, id_, day: desk.withdraw(id_, words, on=day, actor=actor()),
        as_json=as_json,
        letter=True,
    )


def _words(text: str | None, example: str) -> Words:
    if text is None:
        raise UserError(f"say it in words, as {example}")
    return words_of(text)


def _say(
    context: typer.Context,
    request_id: str,
    on: datetime | None,
    saying: _Saying,
    *,
    as_json: bool,
    letter: bool = False,
) -> None:
    """`letter` if one is written of it."""
    session: Session = context.obj
    with session.opened() as habeas:
        case = saying(habeas.correspondence, full_request_id(habeas, request_id), on.date() if on else None)
    if as_json:
        print_json({"request_id": case.request_id, "state": case.state, **time_words.as_data(case)})
        return
    out = console()
    out.print(f"Request [bold]{case.request_id}[/]  {styled(case.state)}")
    if not case.state.closed:
        out.print(time_words.standing(case))
    begun = [system for system, state in case.systems.items() if state.has_completed]
    if letter:
        out.print(f"A letter is written: 'habeas show {case.request_id[:8]}' tells where it is once it is delivered.")
    if case.state.closed and begun:
        out.print(f"[yellow]Carried out already:[/] {', '.join(begun)}.")

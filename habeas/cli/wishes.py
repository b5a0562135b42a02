"""What a request wants in particular, as options of the command line."""

from typing import TYPE_CHECKING, Annotated

import typer

from habeas.domain.requests import Right
from habeas.domain.wishes import Correction, Wish
from habeas.errors import UserError

if TYPE_CHECKING:
    from habeas.domain.register import Register

RightArgument = Annotated[Right, typer.Argument(help="What the person asks for.")]
Corrections = Annotated[
    list[str] | None,
    typer.Option("--correct", metavar="FIELD=RIGHT", help="Of a rectification: a field and what is right in it."),
]
Replacements = Annotated[
    list[str] | None,
    typer.Option("--replace", metavar="WRONG=RIGHT", help="Of a rectification: a value that is wrong wherever it is."),
]
Statement = Annotated[
    str, typer.Option(help="What the person adds: a supplementary statement, or the grounds of an objection.")
]
Purposes = Annotated[
    list[str] | None,
    typer.Option("--purpose", help="Of an objection or withdrawal: only this purpose of the register."),
]
Marketing = Annotated[
    bool, typer.Option("--marketing", help="Of an objection: to direct marketing; nothing is weighed.")
]


def wish(
    right: Right,
    register: "Register",
    *,
    corrections: list[str] | None,
    replacements: list[str] | None,
    statement: str,
    purposes: list[str] | None,
    marketing: bool,
) -> Wish:
    """Put the options together. Raises UserError for one that does not go with the right, or a purpose unknown."""
    allowed = {
        "--correct": (corrections, {Right.RECTIFICATION}),
        "--replace": (replacements, {Right.RECTIFICATION}),
        "--statement": (statement, {Right.RECTIFICATION, Right.OBJECTION}),
        "--purpose": (purposes, {Right.OBJECTION, Right.WITHDRAWAL}),
        "--marketing": (marketing, {Right.OBJECTION}),
    }
    for option, (given, rights) in allowed.items():
        if given and right not in rights:
            raise UserError(f"{option} goes with {' and '.join(sorted(rights))}, not with {right}")
    known = {each.id for each in register.purposes if each.id}
    for each in purposes or ():
        if each not in known:
            raise UserError(
                f"the register has no purpose '{each}', but {', '.join(sorted(known)) or 'none with an id'}"
            )
    named = [Correction(right_value, what=field) for field, right_value in map(_pair, corrections or ())]
    wrong = [Correction(right_value, old=old) for old, right_value in map(_pair, replacements or ())]
    return Wish(right, (*named, *wrong), frozenset(purposes or ()), marketing, statement.strip())


def _pair(option: str) -> tuple[str, str]:
    left, sign, right = option.partition("=")
    if not left.strip() or not sign:
        raise UserError("a correction looks like phone=+441614960123: the field or the wrong value, '=', what is right")
    return left.strip(), right.strip()

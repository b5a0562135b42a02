"""The options by which a command is told whom a request is about."""

from collections.abc import Sequence
from typing import Annotated, Literal

import typer

from habeas.domain.subjects import Identifier, IdentifierKind, identifier
from habeas.errors import UserError

Emails = Annotated[list[str] | None, typer.Option("--email", help="An e-mail address; may be repeated.")]
Phones = Annotated[list[str] | None, typer.Option("--phone", help="A phone number.")]
CustomerNumbers = Annotated[list[str] | None, typer.Option("--customer-number", help="A customer number.")]
AccountNumbers = Annotated[list[str] | None, typer.Option("--account-number", help="An account number.")]
Eoris = Annotated[list[str] | None, typer.Option("--eori", help="An EORI.")]
VatNumbers = Annotated[list[str] | None, typer.Option("--vat", help="A VAT number.")]
Names = Annotated[list[str] | None, typer.Option("--name", help="The name; not enough by itself.")]

OperatorsCheck = Literal["login", "callback", "reply-from-known-address", "document", "in-person"]
"""The kinds of `IdentityCheck` that somebody makes; that a link was followed is for the page behind it to say."""


def identifiers(
    *,
    emails: Sequence[str] | None,
    phones: Sequence[str] | None,
    customer_numbers: Sequence[str] | None,
    account_numbers: Sequence[str] | None,
    eoris: Sequence[str] | None,
    vat_numbers: Sequence[str] | None,
    names: Sequence[str] | None,
) -> tuple[Identifier, ...]:
    """All that were stated, in normal form. Raises UserError naming the option that is wrong."""
    stated = {
        IdentifierKind.NAME: names,
        IdentifierKind.EMAIL: emails,
        IdentifierKind.PHONE: phones,
        IdentifierKind.CUSTOMER_NUMBER: customer_numbers,
        IdentifierKind.ACCOUNT_NUMBER: account_numbers,
        IdentifierKind.EORI: eoris,
        IdentifierKind.VAT_NUMBER: vat_numbers,
    }
    found: list[Identifier] = []
    for kind, values in stated.items():
        for value in values or ():
            try:
                found.append(identifier(kind, value))
            except ValueError as error:
                raise UserError(f"--{kind.value.replace('_', '-')}: {error}") from None
    return tuple(dict.fromkeys(found))

"""`habeas answer`: puts an answer into its folder once more."""

from typing import Annotated

import typer

from habeas.cli.output import console
from habeas.cli.session import Session, actor, full_request_id


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("answer")(answer)


def answer(
    context: typer.Context,
    request_id: Annotated[str, typer.Argument(metavar="ID", help="A request id, or how it begins.")],
) -> None:
    """Put a delivered answer into its folder again, after it was removed and before it is shredded."""
    from consumers.delivery.again import DeliveryAgain  # noqa: PLC0415 - keeps `habeas --help` quick

    session: Session = context.obj
    with session.opened() as habeas:
        root = habeas.settings.path(habeas.settings.delivery.folder)
        again = DeliveryAgain(root, database=habeas.database, vault=habeas.vault, clock=habeas.clock)
        folder = again.deliver(full_request_id(habeas, request_id), actor=actor())
        days = habeas.settings.retention.folder_days
    out = console()
    out.print(f"The answer is in [bold]{folder}[/]" + (f", for {days} days." if days else "."))

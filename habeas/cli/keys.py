"""`habeas keys`: the master key, and destroying what was sealed for a request."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from habeas.cli.output import console
from habeas.cli.session import Session, actor, full_request_id
from habeas.errors import UserError

if TYPE_CHECKING:
    from habeas.bootstrap import Habeas

app = typer.Typer(help="The keys of the vault.", no_args_is_help=True)


@app.command("rotate")
def rotate(context: typer.Context) -> None:
    """Wrap every request's key under a new master key and forget the old one."""
    from habeas.vault.master import open_master_keys  # noqa: PLC0415 - keeps `habeas --help` quick
    from habeas.vault.rotation import rotate as rotate_keys  # noqa: PLC0415 - as above

    session: Session = context.obj
    with session.opened() as habeas:
        settings = habeas.settings
        master = open_master_keys(settings.path(settings.vault.master_key_file), os.environ)
        done = rotate_keys(habeas.keys, master)
    out = console()
    out.print(f"{done.keys_rewrapped:,} keys are wrapped under the new master key.")
    if done.masters_left:
        out.print(
            "[bold yellow]Remove HABEAS_MASTER_KEY_PREVIOUS wherever it is set[/]: nothing needs it any more, and "
            "backups of the keys can be opened with it."
        )
    else:
        out.print("The old one is gone. Keep a copy of the new one in a safe place, apart from the backups.")


@app.command("destroy")
def destroy(
    context: typer.Context,
    request_id: Annotated[str, typer.Argument(metavar="ID", help="A request id, or how it begins.")],
    force: Annotated[bool, typer.Option("--force", help="Though something still needs it.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
) -> None:
    """Make all that was sealed for a request unreadable for ever: identity, plans, answer, originals."""
    session: Session = context.obj
    with session.opened() as habeas:
        full_id = full_request_id(habeas, request_id)
        needed = needed_for(habeas, full_id)
        if needed and not force:
            raise UserError(
                f"request {full_id} is still needed: {'; '.join(needed)}. --force destroys it all the same: "
                "none of this can be done any more then"
            )
        for each in needed:
            console().print(f"[bold yellow]Can't be done any more then:[/] {each}.")
        if not yes:
            typer.confirm(f"Destroy everything sealed for request {full_id}? This can't be undone.", abort=True)
        destroy_everything(habeas, full_id, actor=actor())
    console().print(f"What was sealed for request {full_id} can't be read any more, in no backup of the data either.")


def needed_for(habeas: "Habeas", request_id: str) -> tuple[str, ...]:
    """In words, for what a request's keys are still needed."""
    from habeas.roles.aggregator import shredding_of  # noqa: PLC0415 - keeps `habeas --help` quick

    shredding = shredding_of(habeas)
    with habeas.database.reading() as connection:
        answer = shredding.needed_for(connection, request_id, rest=False)
        rest = shredding.needed_for(connection, request_id, rest=True)
    return tuple(dict.fromkeys((*answer, *rest)))


def destroy_everything(habeas: "Habeas", request_id: str, *, actor: str) -> None:
    """Destroy a request's keys and those of the originals of what it has erased, and what they had sealed."""
    from consumers.aggregator.expiry import Expiry  # noqa: PLC0415 - keeps `habeas --help` quick
    from habeas.roles.aggregator import shredding_of  # noqa: PLC0415 - as above
    from habeas.storage import audit, originals  # noqa: PLC0415 - as above

    now = habeas.clock.now()
    with habeas.database.transaction() as connection:
        originals.close_of_request(connection, request_id, now=now)
        audit.note(connection, "key.destroyed", actor=actor, now=now, request_id=request_id)
    shredding_of(habeas).shred_all(request_id)
    Expiry(database=habeas.database, vault=habeas.vault, clock=habeas.clock).step()

"""`habeas keys`: the master key, and destroying what was sealed for a request."""

import os
from typing import Annotated

import typer

from habeas.cli.output import console
from habeas.cli.session import Session, actor, full_request_id

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
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
) -> None:
    """Make all that was sealed for a request unreadable for ever: identity, plans, answer."""
    from habeas.storage import audit  # noqa: PLC0415 - keeps `habeas --help` quick

    session: Session = context.obj
    with session.opened() as habeas:
        full_id = full_request_id(habeas, request_id)
        if not yes:
            typer.confirm(f"Destroy everything sealed for request {full_id}? This can't be undone.", abort=True)
        habeas.vault.destroy_key(full_id)
        with habeas.database.transaction() as connection:
            audit.note(connection, "key.destroyed", actor=actor(), now=habeas.clock.now(), request_id=full_id)
    console().print(f"What was sealed for request {full_id} can't be read any more, in no backup of the data either.")

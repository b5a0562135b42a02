"""`habeas rebuild`: a new state database out of the log."""

from dataclasses import asdict

import typer

from habeas.cli.output import AsJson, console, print_json
from habeas.cli.session import Session


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("rebuild")(rebuild)


def rebuild(context: typer.Context, as_json: AsJson = False) -> None:
    """Fill an empty state database from the log: the same cases, nothing done twice. Stop all roles first."""
    from consumers.aggregator.rebuilding import Rebuilding  # noqa: PLC0415 - keeps `habeas --help` quick
    from habeas.roles import groups  # noqa: PLC0415 - as above

    session: Session = context.obj
    with session.opened() as habeas:
        rebuilt = Rebuilding(
            event_log=habeas.event_log,
            database=habeas.database,
            groups=groups(habeas.systems),
            clock=habeas.clock,
        ).run()
    if as_json:
        print_json(asdict(rebuilt))
        return
    out = console()
    out.print(f"{rebuilt.cases:,} cases and {rebuilt.tasks:,} tasks out of {rebuilt.events:,} events.")
    if rebuilt.unreadable:
        out.print(f"{rebuilt.unreadable:,} records could not be read.")
    if rebuilt.dead_letters:
        out.print(f"{rebuilt.dead_letters:,} dead letters: 'habeas dead-letters list' shows those that wait.")
    out.print(
        "What was sealed in the lost database is not on the log: restore its backup if unfinished requests need it."
    )

"""`habeas reconcile`: erases again what a restored backup has brought back."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from habeas.cli.output import AsJson, console, print_json
from habeas.cli.session import Session, actor
from habeas.errors import NotFoundError


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("reconcile")(reconcile)


def reconcile(
    context: typer.Context,
    system: Annotated[str, typer.Argument(help="The system that was restored.")],
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Only what was erased on that day (UTC) or later, as the backup's."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many requests it concerns.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Do every erasure of a system again, after it was restored from a backup. Said again, it tells how far it is."""
    from producers.reconciliation import Reconciliation  # noqa: PLC0415 - keeps `habeas --help` quick

    session: Session = context.obj
    with session.opened() as habeas:
        if system not in habeas.systems:
            raise NotFoundError(f"there is no system '{system}'; there are: {', '.join(habeas.systems) or 'none'}")
        producer = Reconciliation(database=habeas.database, clock=habeas.clock)
        day = since.date() if since else None
        plan = producer.plan(system, since=day)
        if not as_json:
            out = console()
            out.print(
                f"Erasures to be done again in {system}: {len(plan.asked):,}; under way: {len(plan.under_way):,}."
            )
            if plan.gone:
                out.print(
                    f"[bold yellow]{len(plan.gone):,} can't be done again[/]: their time is over, and nobody knows any "
                    "more whom they were about. 'habeas report' tells when each was shredded."
                )
        if not dry_run and plan.asked:
            if not yes:
                typer.confirm("Do them again?", abort=True, err=as_json)
            plan = producer.request(system, since=day, actor=actor())
    if as_json:
        print_json({"dry_run": dry_run, "system": system, **asdict(plan)})
    elif not dry_run and plan.asked:
        console().print(f"Asked for. 'habeas reconcile {system} --dry-run' tells how many are still under way.")

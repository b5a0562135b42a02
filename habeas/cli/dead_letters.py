"""`habeas dead-letters`: what could not be done, and setting it going again."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table

from habeas.cli.output import AsJson, console, print_json, table
from habeas.cli.session import Session, actor
from habeas.errors import NotFoundError, UserError
from habeas.storage.dead_letters import DeadLetter, Selection, select_letters

app = typer.Typer(help="What could not be done.", no_args_is_help=True)

System = Annotated[str | None, typer.Option(help="Only of this system.")]
ErrorClass = Annotated[str | None, typer.Option("--error", help="Only of this error class.")]
Since = Annotated[datetime | None, typer.Option(help="Only from this time on.")]
Ids = Annotated[list[str] | None, typer.Argument(help="Ids, or how they begin.")]


@app.command("list")
def list_(
    context: typer.Context,
    system: System = None,
    error: ErrorClass = None,
    since: Since = None,
    every: Annotated[bool, typer.Option("--all", help="Those replayed before too.")] = False,
    as_json: AsJson = False,
) -> None:
    """The dead letters that wait for somebody."""
    session: Session = context.obj
    selection = Selection(system=system, error_class=error, since=_aware(since), with_replayed=every)
    with session.opened() as habeas, habeas.database.reading() as connection:
        letters = select_letters(connection, selection)
    if as_json:
        print_json([asdict(each) for each in letters])
    elif letters:
        console().print(_table(letters))
        console().print("'habeas dead-letters replay ID' sets one going again.")
    else:
        console().print("No dead letters.")


@app.command("show")
def show(context: typer.Context, letter_id: str, as_json: AsJson = False) -> None:
    """One dead letter: what asked for it, where that lies on the log, and why it failed."""
    session: Session = context.obj
    with session.opened() as habeas, habeas.database.reading() as connection:
        letters = select_letters(connection, Selection(ids=(letter_id,), with_replayed=True))
    if not letters:
        raise NotFoundError(f"there is no dead letter '{letter_id}'; 'habeas dead-letters list --all' shows them")
    if as_json:
        print_json(asdict(letters[0]))
        return
    rows = [[name.replace("_", " "), "" if value is None else str(value)] for name, value in asdict(letters[0]).items()]
    console().print(table(None, ["", ""], rows))


@app.command("replay")
def replay(
    context: typer.Context,
    ids: Ids = None,
    system: System = None,
    error: ErrorClass = None,
    since: Since = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be replayed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Set failed tasks going again: those named, or those of a system, an error class, a time."""
    if not (ids or system or error or since):
        raise UserError("say which: ids, or --system, --error, --since; --dry-run shows what they select")
    session: Session = context.obj
    selection = Selection(tuple(ids or ()), system=system, error_class=error, since=_aware(since))
    with session.opened() as habeas:
        matching = habeas.replay.matching(selection)
        hopeless = habeas.replay.hopeless(matching)
        chosen = [each for each in matching if each not in hopeless]
        if not dry_run:
            chosen = list(habeas.replay.replay(selection, actor=actor()))
    if hopeless and not as_json:
        console().print(f"{len(hopeless)} can't be done any more: what was sealed for their requests is shredded.")
    if ids and not chosen and not hopeless:
        raise NotFoundError("none of these is a dead letter that waits; 'habeas dead-letters list --all' shows all")
    if as_json:
        print_json({"dry_run": dry_run, "replayed": [each.id for each in chosen], "hopeless": len(hopeless)})
        return
    if chosen:
        console().print(_table(chosen))
    console().print(f"{len(chosen)} {'would be replayed' if dry_run else 'set going again'}.")


def _table(letters: Sequence[DeadLetter]) -> Table:
    rows = [
        [
            each.id[:13],
            each.created_at.strftime("%Y-%m-%d %H:%M:%S"),
            each.system or each.consumer,
            (each.request_id or "")[:13],
            each.error_class,
            str(each.attempts),
            "yes" if each.replayed_at else "",
        ]
        for each in letters
    ]
    return table(None, ["id", "since (UTC)", "system", "request", "error", "attempts", "replayed"], rows)


def _aware(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone()

"""`habeas undo`: puts back what an erasure removed that was wrong."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from habeas.cli.output import AsJson, console, print_json, table
from habeas.cli.session import Session, actor, full_request_id
from habeas.errors import UserError

if TYPE_CHECKING:
    from producers.undo import SystemUndo, UndoPlan


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("undo")(undo)


def undo(
    context: typer.Context,
    request_id: Annotated[str, typer.Argument(metavar="ID", help="A request id, or how it begins.")],
    system: Annotated[list[str] | None, typer.Option(help="Only in this system; may be repeated.")] = None,
    reason: Annotated[str, typer.Option(help="Why it was wrong, for the audit trail; without the person's name.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be put back or dropped.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Undo a wrong erasure, within its grace time: what was erased is put back if it can be, what waits is dropped."""
    if not (dry_run or reason.strip()):
        raise UserError("say why, as --reason 'somebody else was meant'; --dry-run shows what would be done")
    session: Session = context.obj
    with session.opened() as habeas:
        full_id = full_request_id(habeas, request_id)
        plan = habeas.undo.plan(full_id, systems=system or ())
        titles = habeas.settings.titles
        if not as_json:
            print_plan(plan, titles=titles)
        if not dry_run and plan.possible and not yes:
            typer.confirm("Undo this?", abort=True, err=as_json)
        if not dry_run:
            plan = habeas.undo.request(full_id, systems=system or (), reason=reason, actor=actor())
    if as_json:
        print_json({"dry_run": dry_run, **asdict(plan)})
    elif not dry_run:
        names = ", ".join(titles.get(each.system, each.system) for each in plan.possible)
        console().print(f"Asked for in: {names}. 'habeas show {full_id[:8]}' tells how far it is.")


def print_plan(plan: "UndoPlan", *, titles: dict[str, str]) -> None:
    """A dry run for people."""
    out = console()
    out.print(f"[bold]What undoing the erasure {plan.request_id} would do.[/]\n")
    rows = [[titles.get(each.system, each.system), _told(each), _until(each)] for each in plan.systems]
    out.print(table(None, ["system", "what happens", "until"], rows))
    if plan.possible and plan.kept_restricted:
        out.print(f"What is restricted stays so, for request {_ids(plan.kept_restricted)} of the same person.\n")


def _told(each: "SystemUndo") -> str:
    if each.why_not is not None:
        return f"[yellow]not undone:[/] {each.why_not}"
    if each.dropped:
        begun = "; put back: what it has begun" if each.originals else ""
        return f"dropped: the system has not carried it out yet, and never will{begun}"
    return "put back: " + ", ".join(f"{records:,} {collection}" for collection, records in each.erased.items())


def _until(each: "SystemUndo") -> str:
    return f"{each.until:%d %B %Y}" if each.until is not None and each.possible else ""


def _ids(ids: Sequence[str]) -> str:
    return ", ".join(id_[:8] for id_ in ids)

"""`habeas list`: the requests, or those alone that wait for an answer, soonest due first."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from habeas.cli.output import AsJson, console, print_json, styled, table
from habeas.cli.progress_words import shortly
from habeas.cli.session import Session
from habeas.cli.time_words import days
from habeas.domain.case_time import DueTold
from habeas.domain.cases import CaseState

if TYPE_CHECKING:
    from habeas.storage.work import UnderWay

_OPEN_STATES = tuple(state for state in CaseState if not state.closed)


def list_(
    context: typer.Context,
    state: Annotated[list[CaseState] | None, typer.Option(help="Only in this state; may be repeated.")] = None,
    due: Annotated[bool, typer.Option("--due", help="Only those without an answer, with the days left.")] = False,
    due_by: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only due by this day.")] = None,
    incomplete: Annotated[
        bool, typer.Option("--incomplete", help="Only those answered without a system that has not come back since.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 100,
    as_json: AsJson = False,
) -> None:
    """The requests, soonest due first."""
    from habeas.storage import case_lists, work  # noqa: PLC0415 - keeps `habeas --help` quick

    session: Session = context.obj
    with session.opened() as habeas, habeas.database.reading() as connection:
        wanted = state or (_OPEN_STATES if due else ())
        by = due_by.date() if due_by else None
        found = case_lists.listed(connection, states=wanted, due_by=by, incomplete=incomplete, limit=limit)
        rows = [dict(row._mapping) for row in found]  # noqa: SLF001 - SQLAlchemy's public name
        under_way = work.under_way(connection, [row["request_id"] for row in rows])
        today, soon_days = habeas.clock.today(), habeas.settings.time.due_soon_days
    if due:
        _print_due([_due_row(row, today) for row in rows if _is_open(row)], soon_days, as_json=as_json)
    elif as_json:
        print_json(rows)
    elif not rows:
        console().print("No requests." if not (state or due_by or incomplete) else "No such requests.")
    else:
        _print_all(rows, under_way, today, soon_days)


def _print_all(
    rows: Sequence[Mapping[str, Any]], under_way: "Mapping[str, Mapping[str, UnderWay]]", today: date, soon_days: int
) -> None:
    lines = [
        [
            row["request_id"][:13],
            row["right"],
            styled(row["state"]),
            row["due_on"].isoformat(),
            _left(_due_row(row, today), soon_days) if _is_open(row) else "",
            _systems(row["systems"], under_way.get(row["request_id"], {})),
            row["last_letter"] or "",
            str(row["open_reviews"] or ""),
        ]
        for row in rows
    ]
    columns = ["request", "right", "state", "due", "left", "systems", "last letter", "to decide"]
    console().print(_without_empty(columns, lines))


def _without_empty(columns: Sequence[str], lines: Sequence[Sequence[str]]) -> Any:
    """A table of the columns that say anything, so that the others have room in a narrow terminal."""
    filled = [at for at in range(len(columns)) if any(line[at] for line in lines)]
    return table(None, [columns[at] for at in filled], [[line[at] for at in filled] for line in lines])


def _systems(systems: Mapping[str, str], under_way: "Mapping[str, UnderWay]") -> str:
    told = [
        f"{system} {shortly(under_way[system].progress) if system in under_way else styled(state)}"
        for system, state in systems.items()
        if state != "completed"
    ]
    return " ".join(told) or ("all completed" if systems else "not asked")


def _due_row(row: Mapping[str, Any], today: date) -> dict[str, Any]:
    """`days_left` is negative when it is late; while the clock stands still, what is left from the answer on."""
    names = ("request_id", "right", "state", "received_on", "due_on", "stopped_since", "waits_for")
    left = (row["due_on"] - (row["stopped_since"] or today)).days
    return {**{name: row[name] for name in names}, "days_left": left}


def _is_open(row: Mapping[str, Any]) -> bool:
    """True while the person waits for an answer."""
    return not CaseState(row["state"]).closed and row["due_told"] != DueTold.CLOSED


def _print_due(rows: Sequence[Mapping[str, Any]], soon_days: int, *, as_json: bool) -> None:
    """The requests that wait for an answer."""
    if as_json:
        print_json(rows)
        return
    if not rows:
        console().print("No request waits for an answer.")
        return
    console().print(table(None, ["request", "right", "state", "due", "left", "waits for"], _due_lines(rows, soon_days)))
    if any(row["stopped_since"] for row in rows):
        console().print("Where the clock is stopped the day is the earliest: the person has still to answer.")


def _due_lines(rows: Sequence[Mapping[str, Any]], soon_days: int) -> Iterable[list[str]]:
    for row in rows:
        yield [
            row["request_id"][:13],
            row["right"],
            styled(row["state"]),
            row["due_on"].isoformat(),
            _left(row, soon_days),
            row["waits_for"] or ("your check who asks" if row["state"] == CaseState.RECEIVED else ""),
        ]


def _left(row: Mapping[str, Any], soon_days: int) -> str:
    left = row["days_left"]
    if row["stopped_since"]:
        return f"[cyan]{days(left)}, stopped[/]"
    if left < 0:
        return f"[bold red]{days(-left)} late[/]"
    text = days(left) if left else "today"
    return f"[bold yellow]{text}[/]" if left <= soon_days else text

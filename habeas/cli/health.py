"""`habeas health`: are the roles that run here well."""

import time
from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from habeas.cli.output import AsJson, console, print_json, table
from habeas.errors import NotFoundError
from habeas.observability.health import Report, reports

FOUND_PROBLEMS = 5


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("health")(health)


def health(
    role: Annotated[str | None, typer.Argument(help="Only this role.")] = None,
    system: Annotated[str | None, typer.Argument(help="Only this system's connector.")] = None,
    as_json: AsJson = False,
) -> None:
    """What the roles on this machine tell of themselves: each loop, the log, the database; exit code 5 if one fails."""
    name = f"{role} {system}" if system else role
    found = reports(name)
    if not found:
        raise NotFoundError(f"no {name or 'role'} runs here")
    now = time.monotonic()
    if as_json:
        print_json([_as_data(each, now) for each in found])
    else:
        console().print(table(None, ["role", "process", "part", "state"], _rows(found, now)))
    if any(list(each.complaints(now)) for each in found):
        raise typer.Exit(FOUND_PROBLEMS)


def _rows(found: Sequence[Report], now: float) -> Iterator[list[str]]:
    for each in found:
        wrong = dict(each.complaints(now))
        for part in dict.fromkeys([*wrong, *(pulse.part for pulse in each.pulses)]):
            state = f"[bold red]{wrong[part]}[/]" if part in wrong else "[green]well[/]"
            yield [each.role, str(each.pid), part, state]


def _as_data(report: Report, now: float) -> dict[str, object]:
    wrong = dict(report.complaints(now))
    return {
        "role": report.role,
        "pid": report.pid,
        "well": not wrong,
        "parts": [pulse.part for pulse in report.pulses],
        "problems": wrong,
    }

"""`habeas report`: the proof of what a request came to, system by system."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated

import typer

from habeas.cli.output import AsJson, console, print_json, table
from habeas.cli.session import Session, full_request_id
from habeas.domain.erasure_report import SystemReport, report
from habeas.errors import NotFoundError


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("report")(report_request)


def report_request(
    context: typer.Context,
    request_id: Annotated[str, typer.Argument(metavar="ID", help="A request id, or how it begins.")],
    as_json: AsJson = False,
) -> None:
    """Tell per system what was found, what was done, and what is kept until when; without personal data."""
    from habeas.storage import cases  # noqa: PLC0415 - keeps `habeas --help` quick

    session: Session = context.obj
    with session.opened() as habeas:
        full_id = full_request_id(habeas, request_id)
        with habeas.database.reading() as connection:
            case = cases.fetch(connection, full_id)
            events = cases.timeline(connection, full_id)
        if case is None:
            raise NotFoundError(f"request {full_id} has not been opened on this log yet")
        told, titles = report(case, events), habeas.settings.titles
    if as_json:
        print_json({"request_id": full_id, "right": case.right, "systems": [asdict(each) for each in told]})
        return
    rows = [[titles.get(each.system, each.system), line] for each in told for line in _lines(each)]
    console().print(table(f"{case.right.capitalize()} request {full_id}", ["system", "in records"], rows))


def _lines(each: SystemReport) -> Iterator[str]:
    if each.unreachable:
        yield f"not reached: {each.state}"
        return
    if each.nothing_found:
        yield "nothing found"
    for word, counts in (("decided", each.decided), ("done", each.done)):
        if counts:
            yield f"{word}: " + ", ".join(f"{records:,} {name}" for name, records in counts.items())
    for kept in each.kept:
        until = f"until {kept.until:%d %B %Y}" if kept.until else "without an end yet"
        yield f"kept: {kept.records:,} {until} ({kept.rule or kept.reason})"
    for what in ("reappeared", "unsearched", "left_over", "unverified"):
        if count := getattr(each, what):
            yield f"{what.replace('_', ' ')}: {count:,}"
    yield "looked through on " + ", ".join(f"{day:%d %B %Y}" for day in each.looked_on)

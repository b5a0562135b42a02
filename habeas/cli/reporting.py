"""`habeas report`: the record of a request that stays, and the proof of what it came to in each system."""

from collections.abc import Iterator
from typing import Annotated

import typer

from habeas.cli.custody_words import holding
from habeas.cli.output import AsJson, console, print_json, styled, table
from habeas.cli.session import Session, full_request_id
from habeas.domain.accountability import Accountability, AnswerRecord, accountability
from habeas.domain.erasure_report import SystemReport
from habeas.errors import NotFoundError


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("report")(report_request)


def report_request(
    context: typer.Context,
    request_id: Annotated[str, typer.Argument(metavar="ID", help="A request id, or how it begins.")],
    as_json: AsJson = False,
) -> None:
    """Tell how a request was dealt with and what was done in each system; without personal data, so it stays."""
    from habeas.storage import cases  # noqa: PLC0415 - keeps `habeas --help` quick

    session: Session = context.obj
    with session.opened() as habeas:
        full_id = full_request_id(habeas, request_id)
        with habeas.database.reading() as connection:
            case = cases.fetch(connection, full_id)
            events = cases.timeline(connection, full_id)
        if case is None:
            raise NotFoundError(f"request {full_id} has not been opened on this log yet")
        told, titles = accountability(case, events), habeas.settings.titles
        held = holding(habeas, case)
    if as_json:
        print_json({**told.as_data(), "held": held.as_data()})
        return
    out = console()
    out.print(table(f"{case.right.capitalize()} request {full_id}", ["what", ""], list(_course(told))))
    rows = [[titles.get(each.system, each.system), line] for each in told.systems for line in _lines(each)]
    if rows:
        out.print(table(None, ["system", "in records"], rows))
    for line in held.lines():
        out.print(line)


def _course(told: Accountability) -> Iterator[list[str]]:
    yield ["person", f"{told.person} (a random token)"]
    yield ["received", f"{told.received_on:%d %B %Y}, by way of the {told.channel}, under {told.jurisdiction}"]
    yield ["identity", f"checked ({told.identity_check})" if told.identity_check else "not proven"]
    yield from ([what, f"{day:%d %B %Y}"] for what, day in told.asked)
    yield ["due", f"{told.due_on:%d %B %Y}"]
    for each in told.answers:
        on = f"{each.delivered_on:%d %B %Y}" if each.delivered_on else "not delivered"
        due = each.supplement is None or each.adds  # what was decided later is due without delay, by no date
        late = due and each.delivered_on is not None and each.delivered_on > told.due_on
        what = "answered" if each.supplement is None else f"further answer {each.supplement}"
        left_out = "".join(f", {word} {', '.join(names)}" for word, names in _parts(each) if names)
        size = f"{each.size_bytes:,} bytes, SHA-256 {each.digest}"
        yield [what, f"{on}{' [bold red](late)[/]' if late else ''}{left_out}, {size}"]
    yield from ([what, f"{day:%d %B %Y}"] for what, day in told.ended)
    if told.decisions:
        yield ["decided by a person", f"{told.decisions:,} records"]
    yield ["stands", styled(told.state)]


def _parts(each: AnswerRecord) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return ("with", each.adds), ("without", each.without)


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

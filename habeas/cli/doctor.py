"""`habeas doctor`: is everything as it should be, and if not, what is to be done."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import typer

from habeas.cli.output import AsJson, console, print_json, table
from habeas.cli.session import Session
from habeas.errors import HabeasError
from habeas.ports import Guard, Guards, Problem

if TYPE_CHECKING:
    from habeas.bootstrap import Habeas

FOUND_PROBLEMS = 5


@dataclass(frozen=True, slots=True)
class Checked:
    """One part, what is wrong with it, and how what is restricted in it is guarded."""

    part: str
    problems: Sequence[Problem]
    guards: Sequence[Guard] = ()


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("doctor")(doctor)


def doctor(context: typer.Context, as_json: AsJson = False) -> None:
    """Check configuration, database, keys, log and every connector; exit code 5 if something is to be mended."""
    session: Session = context.obj
    with session.opened(log_level="error") as habeas:
        checked = list(_check_all(habeas))
    if as_json:
        print_json(
            [
                {"part": each.part, "problems": [_as_json(problem) for problem in each.problems]}
                | ({"guards": [_guard_as_json(guard) for guard in each.guards]} if each.guards else {})
                for each in checked
            ]
        )
    else:
        console().print(table(None, ["part", "finding", "what to do"], _rows(checked)))
    if any(each.problems for each in checked):
        raise typer.Exit(FOUND_PROBLEMS)


def _rows(checked: Sequence[Checked]) -> Iterator[list[str]]:
    for each in checked:
        if not each.problems and not each.guards:
            yield [each.part, "[green]good[/]", ""]
        for problem in each.problems:
            yield [each.part, f"[bold red]{problem.what}[/]", problem.remedy]
        for (how, gap), places in _alike(each.guards).items():
            told = f"[yellow]{gap.what}[/]" if gap else f"[green]{how}[/]"
            yield [each.part, f"{told}: {', '.join(places)}", gap.remedy if gap else ""]


def _alike(guards: Sequence[Guard]) -> dict[tuple[str, Problem | None], list[str]]:
    """The places of which the same is to be said."""
    told: dict[tuple[str, Problem | None], list[str]] = {}
    for each in guards:
        told.setdefault((each.how if each.gap is None else "", each.gap), []).append(each.place)
    return told


def _as_json(problem: Problem) -> dict[str, str]:
    return {"what": problem.what, "remedy": problem.remedy}


def _guard_as_json(guard: Guard) -> dict[str, object]:
    return {"place": guard.place, "how": guard.how, "gap": _as_json(guard.gap) if guard.gap else None}


def _check_all(habeas: "Habeas") -> Iterator[Checked]:
    from schemas.topics import TOPICS  # noqa: PLC0415 - keeps `habeas --help` quick

    yield Checked("settings", _systems(habeas))
    for part in ("register", "database", "keys", "vault"):
        yield _part(part, partial(_builds, habeas, part))
    yield _part("log", partial(_log, habeas))
    yield _part("topics", lambda: habeas.event_log.check_topics(TOPICS))
    for system in habeas.systems:
        yield (connected := _part(f"system {system}", partial(_connector, habeas, system)))
        if not connected.problems:
            yield from _restrictions(habeas, system)
    yield _part("recipients", lambda: _recipients(habeas))
    yield _part("work", lambda: _work(habeas))


def _part(name: str, check: Callable[[], Sequence[Problem]]) -> Checked:
    try:
        return Checked(name, check())
    except HabeasError as error:
        return Checked(name, [Problem(str(error), "see the message")])


def _builds(habeas: "Habeas", part: str) -> Sequence[Problem]:
    """Building a part checks it: what is wrong is raised."""
    getattr(habeas, part)
    return []


def _log(habeas: "Habeas") -> Sequence[Problem]:
    return habeas.event_log.check()


def _recipients(habeas: "Habeas") -> Sequence[Problem]:
    """What is needed to tell them; nobody is asked."""
    from consumers.delivery.senders import Senders  # noqa: PLC0415 - keeps `habeas --help` quick

    senders = Senders(habeas.settings, clock=habeas.clock)
    return [
        Problem(fault, "docs/recipients.md tells what is needed")
        for each in habeas.register.recipients
        if each.notify and (fault := senders.fault(each.key, each.notify))
    ]


def _connector(habeas: "Habeas", system: str) -> Sequence[Problem]:
    return habeas.connector(system).check()


def _restrictions(habeas: "Habeas", system: str) -> Iterator[Checked]:
    """Whether the company's own programs can get at what is restricted; a gap is for the company to weigh."""
    connector = habeas.connector(system)
    part = f"guard of {system}"
    if isinstance(connector, Guards):
        try:
            yield Checked(part, (), connector.guards())
        except HabeasError as error:
            yield Checked(part, [Problem(str(error), "see the message")])


def _systems(habeas: "Habeas") -> Sequence[Problem]:
    if habeas.systems:
        return []
    return [
        Problem("no systems are named", "add a [systems.NAME] section to habeas.toml for each that holds people's data")
    ]


def _work(habeas: "Habeas") -> Sequence[Problem]:
    """What waits for somebody."""
    from habeas.storage import circuits  # noqa: PLC0415 - keeps `habeas --help` quick
    from habeas.storage.dead_letters import Selection, select_letters  # noqa: PLC0415 - as above

    with habeas.database.reading() as connection:
        letters = select_letters(connection, Selection())
        down = circuits.fetch_all(connection)
    problems = [
        Problem(
            f"system {each.system} is down since {each.opened_at:%Y-%m-%d %H:%M} UTC",
            "mend it; tasks go on by themselves",
        )
        for each in down
    ]
    if letters:
        problems.append(Problem(f"{len(letters)} dead letters wait", "'habeas dead-letters list' shows them"))
    return problems

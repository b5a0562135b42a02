"""`habeas register`: the processing register, checked and shown."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.markup import escape

from habeas.cli.doctor import FOUND_PROBLEMS
from habeas.cli.output import AsJson, console, print_json, table
from habeas.cli.session import Session
from habeas.errors import HabeasError

if TYPE_CHECKING:
    from habeas.bootstrap import Habeas
    from habeas.domain.descriptions import Described
    from habeas.domain.register_comparison import Finding

app = typer.Typer(help="The processing register: what you do with whose data, and how long you keep it.")


@app.command()
def show(context: typer.Context, as_json: AsJson = False) -> None:
    """Show the register as Habeas understands it."""
    from habeas.cli import register_page  # noqa: PLC0415 - keeps `habeas --help` quick
    from habeas.domain.register import load_register  # noqa: PLC0415 - as above

    register = load_register(_path(context.obj))
    if as_json:
        print_json(register.model_dump(mode="json"))
    else:
        register_page.print_register(register, console())


@app.command()
def check(context: typer.Context, as_json: AsJson = False) -> None:
    """Check the register, and compare it with what the systems hold; exit code 5 if something is to be mended."""
    session: Session = context.obj
    with session.opened(log_level="error") as habeas:
        found = list(_findings(habeas, _path(session)))
    if as_json:
        print_json([{"about": f.about, "what": f.what, "remedy": f.remedy, "weight": f.weight} for f in found])
    elif found:
        console().print(table(None, ["about", "what is wrong", "what to do"], _rows(found)))
    else:
        console().print("[green]The register is complete, and fits the systems.[/]")
    if any(each.weight == "problem" for each in found):
        raise typer.Exit(FOUND_PROBLEMS)


def _path(session: Session) -> Path:
    settings = session.settings()
    return settings.path(settings.register_file)


def _findings(habeas: "Habeas", path: Path) -> "Iterator[Finding]":
    from habeas.domain.register import read_register  # noqa: PLC0415 - as above
    from habeas.domain.register_comparison import Finding, compare  # noqa: PLC0415 - as above

    register, faults = read_register(path)
    for fault in faults:
        where = f"{path.name}:{fault.line}:{fault.column}"
        yield Finding(where, f"{fault.entry} {fault.what}".strip(), f"edit line {fault.line}")
    if register is None:
        return
    systems: dict[str, Sequence[Described]] = {}
    for system in habeas.systems:
        described = _described(habeas, system)
        if isinstance(described, Finding):
            yield described
            continue
        systems[system] = described
        for problem in habeas.connector(system).check():
            yield Finding(system, problem.what, problem.remedy)
    yield from compare(register, systems, complete=len(systems) == len(habeas.systems))


def _described(habeas: "Habeas", system: str) -> "Sequence[Described] | Finding":
    from habeas.domain.register_comparison import Finding  # noqa: PLC0415 - as above
    from habeas.ports import Describes  # noqa: PLC0415 - as above

    try:
        connector = habeas.connector(system)
        if isinstance(connector, Describes):
            return connector.describe()
    except HabeasError as error:
        return Finding(system, f"can't be compared: {error}", "see 'habeas doctor'")
    return Finding(system, "does not say what it holds", "check its categories by hand", "note")


def _rows(found: "Sequence[Finding]") -> Iterator[list[str]]:
    for each in found:
        style = "bold red" if each.weight == "problem" else "yellow"
        yield [escape(each.about), f"[{style}]{escape(each.what)}[/]", escape(each.remedy)]
